import type { Model } from '../checker.ts';
import type { ObservedReservation, ObservedStock, Time } from '../history.ts';

/** A sequential inventory of one SKU. It models the API's contract without cells or clocks. */
export type Inventory = {
  /** Units on hand: available, held and committed together. */
  readonly units: number;
  /** Keys of receipts and adjustments that took effect, if they are sent more than once. */
  readonly keys: ReadonlySet<string>;
  readonly reservations: ReadonlyMap<string, Reservation>;
  /** Reads of several cells in progress, by the index of their request. */
  readonly windows: ReadonlyMap<number, Window>;
};

export type Reservation = {
  readonly status: 'HELD' | 'COMMITTED' | 'RELEASED' | 'EXPIRED';
  /** 0 for a tombstone of a release or commit that came before the reservation. */
  readonly quantity: number;
  /** Epoch milliseconds at which its hold expires; undefined for a tombstone. */
  readonly until: Time | undefined;
  /** End of the hold after each extension, by key. */
  readonly extensions: ReadonlyMap<string, Time>;
};

/** Units by account, independent of the time: held units by the expiry of their hold. */
export type Balance = {
  readonly free: number;
  readonly committed: number;
  readonly held: ReadonlyMap<Time, number>;
};

/**
 * A read of several cells, each at a different moment. It started from `base`, and each part of a
 * change since then (the change of one cell) is in the result or is not, independently of the
 * others.
 */
export type Window = { readonly base: Balance; readonly parts: readonly Balance[] };

export const createInventoryModel = (units: number): Model<Inventory> => ({
  initial: { units, keys: new Set(), reservations: new Map(), windows: new Map() },
  keyOf: keyOfInventory,
});

/** Available units as of `now`. An expired hold counts as available, even if no code has run. */
export const availableAt = (inventory: Inventory, now: Time): number =>
  availableIn(balanceOf(inventory), now);

const availableIn = ({ free, held }: Balance, now: Time): number =>
  [...held].reduce((units, [until, quantity]) => (until <= now ? units + quantity : units), free);

export const isExpired = ({ until }: Reservation, now: Time): boolean =>
  until !== undefined && until <= now;

/** Returns true if a read of the reservation at `now` may return the observed value. */
export const matchesReservation = (
  reservation: Reservation,
  now: Time,
  seen: ObservedReservation,
): boolean => {
  const { status, quantity, until } = reservation;
  const shown = status === 'HELD' && isExpired(reservation, now) ? 'EXPIRED' : status;
  return seen.status === shown && seen.quantity === quantity && seen.until === until;
};

/** Returns true if a read of the stock at `now` may return the observed value. */
export const matchesStock = (balance: Balance, now: Time, seen: ObservedStock): boolean =>
  isConsistentSum(seen) && keyOfBalance(balanceAt(balance, now)) === keyOfBalance(toBalance(seen));

const isConsistentSum = ({ onHand, available, held, committed, holds }: ObservedStock): boolean =>
  onHand === available + held + committed &&
  held === [...holds.values()].reduce((sum, units) => sum + units, 0);

const toBalance = ({ available, committed, holds }: ObservedStock): Balance => ({
  free: available,
  committed,
  held: holds,
});

/** Returns the balance as a read at `now` shows it: expired holds are available. */
const balanceAt = ({ free, committed, held }: Balance, now: Time): Balance => ({
  free: [...held].reduce(
    (units, [until, quantity]) => (until <= now ? units + quantity : units),
    free,
  ),
  committed,
  held: new Map([...held].filter(([until, units]) => until > now && units !== 0)),
});

export function balanceOf({ units, reservations }: Inventory): Balance {
  const held = new Map<Time, number>();
  let [free, committed] = [units, 0];
  for (const { status, quantity, until } of reservations.values()) {
    if (status === 'COMMITTED') committed += quantity;
    else if (status === 'HELD' && until !== undefined)
      held.set(until, (held.get(until) ?? 0) + quantity);
    else continue;
    free -= quantity;
  }
  return { free, committed, held };
}

/** Returns the inventory with one reservation set. */
export const withReservation = (
  inventory: Inventory,
  id: string,
  reservation: Reservation,
): Inventory => ({
  ...inventory,
  reservations: new Map([...inventory.reservations, [id, reservation]]),
});

/** Returns the inventory after `change`, with the change added to every read in progress. */
export function withChange(
  before: Inventory,
  after: Inventory,
  parts: readonly number[] = [],
): Inventory {
  if (before.windows.size === 0) return after;
  const difference = differenceOf(balanceOf(before), balanceOf(after));
  if (isZero(difference)) return after;
  const split = splitByCell(difference, parts);
  const windows = [...after.windows].map(([index, window]): [number, Window] => [
    index,
    { ...window, parts: [...window.parts, ...split] },
  ]);
  return { ...after, windows: new Map(windows) };
}

/** Returns the inventory with a new read of several cells. */
export const withWindow = (inventory: Inventory, index: number): Inventory => ({
  ...inventory,
  windows: new Map([...inventory.windows, [index, { base: balanceOf(inventory), parts: [] }]]),
});

/** Returns the inventory without a read of several cells that has ended. */
export function withoutWindow(inventory: Inventory, index: number): Inventory {
  const windows = new Map(inventory.windows);
  windows.delete(index);
  return { ...inventory, windows };
}

/**
 * Returns true if a read of several cells at `now` may return the observed value: the base plus
 * some of the parts.
 */
export function mayShowStock({ base, parts }: Window, now: Time, seen: ObservedStock): boolean {
  if (!isConsistentSum(seen)) return false;
  const wanted = toBalance(seen);
  let left = parts
    .map((part) => balanceAt(part, now))
    .filter((part) => !isZero(part))
    .sort((a, b) => firstExpiryOf(a) - firstExpiryOf(b));
  let results = new Map([toKeyedBalance(balanceAt(base, now))]);
  while (left.length > 0) {
    const [part, ...others] = left;
    if (part === undefined) break;
    left = others;
    for (const balance of [...results.values()])
      results.set(...toKeyedBalance(sumOf(balance, part)));
    // A hold that no other part changes must equal the observed one already.
    const open = new Set(left.flatMap(({ held }) => [...held.keys()]));
    results = new Map(
      [...results].filter(([, { held }]) => isEqualExcept(open, held, wanted.held)),
    );
  }
  return results.has(keyOfBalance(wanted));
}

/**
 * Returns true if a read of several cells at `now` may find less than a quantity: with all parts
 * that subtract and none that add.
 */
export const mayBeInsufficient = ({ base, parts }: Window, now: Time, quantity: number): boolean =>
  parts.reduce(
    (units, part) => units + Math.min(0, availableIn(part, now)),
    availableIn(base, now),
  ) < quantity;

const toKeyedBalance = (balance: Balance): [string, Balance] => [keyOfBalance(balance), balance];
const firstExpiryOf = ({ held }: Balance): Time =>
  Math.min(Number.POSITIVE_INFINITY, ...held.keys());
const isEqualExcept = (open: ReadonlySet<Time>, a: Balance['held'], b: Balance['held']): boolean =>
  [...a.keys(), ...b.keys()].every(
    (until) => open.has(until) || (a.get(until) ?? 0) === (b.get(until) ?? 0),
  );

const combineBalances = (a: Balance, b: Balance, sign: 1 | -1): Balance => {
  const held = new Map(a.held);
  for (const [until, units] of b.held) {
    const sum = (held.get(until) ?? 0) + sign * units;
    if (sum === 0) held.delete(until);
    else held.set(until, sum);
  }
  return { free: a.free + sign * b.free, committed: a.committed + sign * b.committed, held };
};
const sumOf = (a: Balance, b: Balance): Balance => combineBalances(a, b, 1);
const differenceOf = (before: Balance, after: Balance): Balance =>
  combineBalances(after, before, -1);
const isZero = ({ free, committed, held }: Balance): boolean =>
  free === 0 && committed === 0 && held.size === 0;

/**
 * Splits a change by cell: every account of a step of a reservation changes by the units that it
 * has there, or not at all.
 */
function splitByCell(difference: Balance, parts: readonly number[]): Balance[] {
  if (parts.length < 2) return [difference];
  return parts.map((units) => {
    const share = (change: number): number => Math.sign(change) * units;
    return {
      free: share(difference.free),
      committed: share(difference.committed),
      held: new Map([...difference.held].map(([until, change]) => [until, share(change)])),
    };
  });
}

const keyOfBalance = ({ free, committed, held }: Balance): string =>
  `${free}/${committed}/${[...held].sort(([a], [b]) => a - b).join(';')}`;

const keyOfWindow = ([index, { base, parts }]: readonly [number, Window]): string =>
  `${index}:${keyOfBalance(base)}+${parts.map(keyOfBalance).sort().join('+')}`;

/**
 * Keys by reservation, which are needed in each state. Reservations are replaced, never changed.
 */
const keysOfReservations = new WeakMap<Reservation, string>();
function keyOfReservation([id, reservation]: readonly [string, Reservation]): string {
  const known = keysOfReservations.get(reservation);
  if (known !== undefined) return known;
  const { status, quantity, until, extensions } = reservation;
  const key = `${id}:${status}:${quantity}:${until}:${[...extensions].sort().join(';')}`;
  keysOfReservations.set(reservation, key);
  return key;
}

const keyOfInventory = ({ units, keys, reservations, windows }: Inventory): string =>
  [
    units,
    [...keys].sort().join(),
    [...reservations].map(keyOfReservation).sort().join(),
    [...windows].map(keyOfWindow).sort().join(),
  ].join('#');
