import type { Change } from './dynamodb/table.ts';
import type { World } from './world.ts';

/** Limits that simulations are synthesized with: low, so that one customer reaches them; above the widest order of a flow (52 units). */
export const LIMITS = { holdsPerCustomer: 4, unitsPerCustomer: 60 };
/** Only the hoarder orders this SKU, so all of its holds are one customer's. */
export const HOARDED_SKU = 'hat';
/** A hold that ends sooner than this may be over by some function's clock. */
const SKEW_SECONDS = 30;

type Reservation = {
  readonly type: string;
  readonly status: string;
  readonly heldUntil?: number;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
};

/** Checks the limits of one customer after each change of a reservation: what inventory really holds for the hoarder is within the limits. */
export class Limits {
  readonly #world: () => World;
  readonly violations: string[] = [];
  checked = 0;

  constructor(world: () => World) {
    this.#world = world;
  }

  changed({ after }: Change): void {
    if (after?.type?.S !== 'reservation' || after.lines?.L?.[0]?.M?.sku?.S !== HOARDED_SKU) return;
    queueMicrotask(() => this.#check());
  }

  #check(): void {
    this.checked += 1;
    const world = this.#world();
    const surely = world.time.now / 1_000 + SKEW_SECONDS;
    const items = world.tableItems('Book') as unknown as readonly Reservation[];
    const held = items.filter(
      ({ type, status, heldUntil = 0, lines }) =>
        type === 'reservation' &&
        status === 'HELD' &&
        heldUntil > surely &&
        lines[0]?.sku === HOARDED_SKU,
    );
    const units = held
      .flatMap(({ lines }) => lines)
      .reduce((sum, { quantity }) => sum + quantity, 0);
    if (held.length > LIMITS.holdsPerCustomer || units > LIMITS.unitsPerCustomer)
      this.violations.push(`one customer holds ${units} units in ${held.length} orders`);
  }
}
