import { eventsOfItemChange as inventoryEventsOf } from '../../../lambdas/inventory/adapters/stream-events.ts';
import { eventsOfItems as orderEventsOf } from '../../../lambdas/orders/adapters/order-records.ts';
import { eventsOfItems as paymentEventsOf } from '../../../lambdas/payments/adapters/payment-records.ts';
import { eventsOfItems as reconciliationEventsOf } from '../../../lambdas/reconciliation/adapters/reconciliation-records.ts';
import { UnreadableRecordError } from '../../../lambdas/shared/core/unreadable-record.ts';
import type { Item } from '../../../lambdas/shared/dynamodb/item.ts';
import type { PublishableEvent } from '../../../lambdas/shared/events/event-publisher.ts';
import type { ItemChange } from '../dynamodb/table.ts';
import { plainItem } from '../plain-item.ts';

type DeriveEvents = (
  before: Item | undefined,
  after: Item | undefined,
) => readonly PublishableEvent[];

const EVENTS_BY_TABLE: readonly (readonly [table: RegExp, derive: DeriveEvents])[] = [
  [/-Book/, inventoryEventsOf],
  [/-Orders/, orderEventsOf],
  [/-Payments/, paymentEventsOf],
  [/-reconciliation-/, reconciliationEventsOf],
];

/** Keeps account of I7: what each change of a table should tell, and what the bus was told. */
export class PublishedEvents {
  readonly #expected = new Map<string, string>();
  readonly #published = new Set<string>();
  /** Items as they were before they were damaged, by table and key. */
  readonly #damaged = new Map<string, Item | undefined>();

  recordChange(tableName: string, { key, before, after }: ItemChange): void {
    const derive = EVENTS_BY_TABLE.find(([table]) => table.test(tableName))?.[1];
    if (derive === undefined) return;
    const id = `${tableName} ${JSON.stringify(key)}`;
    const events = this.#eventsOf(
      derive,
      id,
      before && plainItem(before),
      after && plainItem(after),
    );
    for (const { type, detail } of events) this.#expected.set(detail.eventId, type);
  }

  /**
   * Nothing is due of a record that cannot be read: its change lies in a dead letter queue. What it had to tell is due when the record is
   * mended: then its dead letter can be redriven.
   */
  #eventsOf(
    derive: DeriveEvents,
    id: string,
    before: Item | undefined,
    after: Item | undefined,
  ): readonly PublishableEvent[] {
    try {
      const events = derive(before, after);
      if (!this.#damaged.has(id)) return events;
      const sound = this.#damaged.get(id);
      this.#damaged.delete(id);
      return derive(sound, after);
    } catch (error) {
      if (!(error instanceof UnreadableRecordError)) throw error;
      if (!this.#damaged.has(id)) this.#damaged.set(id, before);
      return [];
    }
  }

  recordPublished(eventId: string): void {
    this.#published.add(eventId);
  }

  get expectedCount(): number {
    return this.#expected.size;
  }

  /** Committed changes whose event never reached the bus, and events of no change. */
  violations(): string[] {
    return [
      ...[...this.#expected]
        .filter(([id]) => !this.#published.has(id))
        .map(([id, type]) => `I7 ${type} ${id} was never published`),
      ...[...this.#published]
        .filter((id) => !this.#expected.has(id))
        .map((id) => `I7 ${id} was published, and nothing happened`),
    ];
  }
}
