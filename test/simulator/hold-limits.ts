import { CUSTOMER_LIMITS, HOARDED_SKU } from './customer-limits.ts';
import type { ItemChange } from './dynamodb/table.ts';
import type { World } from './world.ts';

/** A hold that ends sooner than this may have expired by the clock of some function. */
const CLOCK_SKEW_SECONDS = 30;

type ReservationItem = {
  readonly type: string;
  readonly status: string;
  readonly heldUntil?: number;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
};

/**
 * Checks, after each change of a reservation, that the holds of the hoarder in the inventory table
 * are within the limits of one customer.
 */
export class HoldLimitChecker {
  readonly #world: () => World;
  readonly violations: string[] = [];
  checkedCount = 0;

  constructor(world: () => World) {
    this.#world = world;
  }

  recordChange({ after }: ItemChange): void {
    if (after?.type?.S !== 'reservation' || after.lines?.L?.[0]?.M?.sku?.S !== HOARDED_SKU) return;
    queueMicrotask(() => this.#check());
  }

  #check(): void {
    this.checkedCount += 1;
    const world = this.#world();
    const certainEpochSeconds = world.time.now / 1_000 + CLOCK_SKEW_SECONDS;
    const items = world.tableItems('Book') as unknown as readonly ReservationItem[];
    const held = items.filter(
      ({ type, status, heldUntil = 0, lines }) =>
        type === 'reservation' &&
        status === 'HELD' &&
        heldUntil > certainEpochSeconds &&
        lines[0]?.sku === HOARDED_SKU,
    );
    const units = held
      .flatMap(({ lines }) => lines)
      .reduce((sum, { quantity }) => sum + quantity, 0);
    if (held.length > CUSTOMER_LIMITS.holdsPerCustomer || units > CUSTOMER_LIMITS.unitsPerCustomer)
      this.violations.push(`one customer holds ${units} units in ${held.length} orders`);
  }
}
