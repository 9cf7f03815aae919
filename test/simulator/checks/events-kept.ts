import { eventsOfItems as ofInventory } from '../../../lambdas/inventory/adapters/stream-events.ts';
import { eventsOfItems as ofOrders } from '../../../lambdas/orders/adapters/order-records.ts';
import { eventsOfItems as ofPayments } from '../../../lambdas/payments/adapters/payment-records.ts';
import { eventsOfItems as ofReconciliation } from '../../../lambdas/reconciliation/adapters/reconciliation-records.ts';
import { UnreadableRecord } from '../../../lambdas/shared/core/unreadable.ts';
import type { Publishable } from '../../../lambdas/shared/events/event-bus.ts';
import type { Item } from '../../../lambdas/shared/events/stream-handler.ts';
import type { Change } from '../dynamodb/table.ts';
import { plainItem } from '../plain-item.ts';

type Derive = (before: Item | undefined, after: Item | undefined) => readonly Publishable[];

const DERIVED: readonly (readonly [table: RegExp, derive: Derive])[] = [
  [/-Book/, ofInventory],
  [/-Orders/, ofOrders],
  [/-Payments/, ofPayments],
  [/-reconciliation-/, ofReconciliation],
];

/** Keeps account of I7: what each change of a table should tell, and what the bus was told. */
export class EventsKept {
  readonly #due = new Map<string, string>();
  readonly #told = new Set<string>();
  /** Items as they were before they were damaged, by table and key. */
  readonly #damaged = new Map<string, Item | undefined>();

  changed(tableName: string, { key, before, after }: Change): void {
    const derive = DERIVED.find(([table]) => table.test(tableName))?.[1];
    if (derive === undefined) return;
    const id = `${tableName} ${JSON.stringify(key)}`;
    const events = this.#eventsOf(
      derive,
      id,
      before && plainItem(before),
      after && plainItem(after),
    );
    for (const { type, detail } of events) this.#due.set(detail.eventId, type);
  }

  /**
   * Nothing is due of a record that cannot be read: its change lies in a dead letter queue. What it had to tell is due when the record is
   * mended: then its dead letter can be redriven.
   */
  #eventsOf(
    derive: Derive,
    id: string,
    before: Item | undefined,
    after: Item | undefined,
  ): readonly Publishable[] {
    try {
      const events = derive(before, after);
      if (!this.#damaged.has(id)) return events;
      const sound = this.#damaged.get(id);
      this.#damaged.delete(id);
      return derive(sound, after);
    } catch (error) {
      if (!(error instanceof UnreadableRecord)) throw error;
      if (!this.#damaged.has(id)) this.#damaged.set(id, before);
      return [];
    }
  }

  told(eventId: string): void {
    this.#told.add(eventId);
  }

  get count(): number {
    return this.#due.size;
  }

  /** Committed changes whose event never reached the bus, and events of no change. */
  violations(): string[] {
    return [
      ...[...this.#due]
        .filter(([id]) => !this.#told.has(id))
        .map(([id, type]) => `I7 ${type} ${id} was never published`),
      ...[...this.#told]
        .filter((id) => !this.#due.has(id))
        .map((id) => `I7 ${id} was published, and nothing happened`),
    ];
  }
}
