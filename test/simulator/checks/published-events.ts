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

/**
 * Checks I7: compares the events that each change of a table requires with the events that the bus
 * received.
 */
export class PublishedEvents {
  readonly #expected = new Map<string, string>();
  readonly #published = new Set<string>();
  /** Items before their damage, by table and key. */
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
   * An unreadable record requires no event: its change is in a dead-letter queue. Its event is
   * required when the record is corrected, because its dead letter can be redriven then.
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

  /** Returns committed changes whose event never reached the bus, and events without a change. */
  violations(): string[] {
    return [
      ...[...this.#expected]
        .filter(([id]) => !this.#published.has(id))
        .map(([id, type]) => `I7 ${type} ${id} was never published`),
      ...[...this.#published]
        .filter((id) => !this.#expected.has(id))
        .map((id) => `I7 ${id} was published without a change`),
    ];
  }
}
