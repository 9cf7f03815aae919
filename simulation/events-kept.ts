import { eventsOfItems as ofInventory } from '../lambdas/inventory/adapters/stream-events.ts';
import { eventsOfItems as ofOrders } from '../lambdas/orders/adapters/order-records.ts';
import { eventsOfItems as ofPayments } from '../lambdas/payments/adapters/payment-records.ts';
import { eventsOfItems as ofReconciliation } from '../lambdas/reconciliation/adapters/reconciliation-records.ts';
import type { Publishable } from '../lambdas/shared/event-bus.ts';
import type { Item } from '../lambdas/shared/stream-handler.ts';
import { UnreadableRecord } from '../lambdas/shared/unreadable.ts';
import type { Change } from './dynamodb/table.ts';
import { plainItem } from './plain-item.ts';

type Derive = (before: Item | undefined, after: Item | undefined) => readonly Publishable[];

const DERIVED: readonly (readonly [table: RegExp, derive: Derive])[] = [
  [/-Book/, ofInventory],
  [/-Orders/, ofOrders],
  [/-Payments/, ofPayments],
  [/-reconciliation-/, ofReconciliation],
];

/** Nothing is due of a record that cannot be read: its change lies in a dead letter queue. */
function eventsOf(derive: Derive, before: Item | undefined, after: Item | undefined): readonly Publishable[] {
  try {
    return derive(before, after);
  } catch (error) {
    if (error instanceof UnreadableRecord) return [];
    throw error;
  }
}

/** Keeps account of I7: what each change of a table should tell, and what the bus was told. */
export class EventsKept {
  readonly #due = new Map<string, string>();
  readonly #told = new Set<string>();

  changed(tableName: string, { before, after }: Change): void {
    const derive = DERIVED.find(([table]) => table.test(tableName))?.[1];
    if (derive === undefined) return;
    const events = eventsOf(derive, before && plainItem(before), after && plainItem(after));
    for (const { type, detail } of events) this.#due.set(detail.eventId, type);
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
