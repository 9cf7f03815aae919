import { formatTable } from '../terminal/table.ts';
import type { Movement, Stock } from './demo-client.ts';

export type Accounts = {
  readonly available: number;
  readonly held: number;
  readonly committed: number;
};

/**
 * Computes the accounts at `asOf` from the movements alone, by adding each unit to where it went.
 * Units whose hold has expired by then count as available, as they do in the balance.
 */
export function accountsFromMovements(movements: readonly Movement[], asOf: string): Accounts {
  const sums = { outside: 0, available: 0, held: 0, committed: 0 };
  const openHolds = new Map<string, { heldUntil: string; quantity: number }>();
  for (const { kind, from, to, quantity, heldUntil = '', reservationId = '' } of movements) {
    sums[from as keyof typeof sums] -= quantity;
    sums[to as keyof typeof sums] += quantity;
    if (to === 'held') openHolds.set(reservationId, { heldUntil, quantity });
    else if (kind === 'EXPIRED') removeBucket(openHolds, heldUntil);
    else if (from === 'held') openHolds.delete(reservationId);
  }
  const expiredHolds = [...openHolds.values()].filter(({ heldUntil }) => heldUntil <= asOf);
  const units = expiredHolds.reduce((sum, { quantity }) => sum + quantity, 0);
  return { available: sums.available + units, held: sums.held - units, committed: sums.committed };
}

/** Removes all holds of an expiry bucket. Releasing expired holds takes whole buckets. */
function removeBucket(openHolds: Map<string, { heldUntil: string }>, bucket: string): void {
  for (const [reservationId, { heldUntil }] of openHolds) {
    if (heldUntil === bucket) openHolds.delete(reservationId);
  }
}

/** Compares the books of each SKU: its accounts, and the same computed from its movements. */
export function compareBooks(
  books: readonly { readonly stock: Stock; readonly movements: readonly Movement[] }[],
): {
  readonly text: string;
  readonly isBalanced: boolean;
} {
  const rows = books.map(({ stock, movements }) => {
    const sums = accountsFromMovements(movements, stock.asOf);
    const isEqual =
      sums.available === stock.available &&
      sums.held === stock.held &&
      sums.committed === stock.committed;
    const pair = (name: keyof Accounts) => `${stock[name]} | ${sums[name]}`;
    return {
      isEqual,
      row: [
        stock.sku,
        pair('available'),
        pair('held'),
        pair('committed'),
        movements.length,
        isEqual ? 'yes' : 'NO',
      ],
    };
  });
  const heading = ['sku', 'available', 'held', 'committed', 'movements', 'balanced'];
  return {
    text: formatTable([heading, ...rows.map(({ row }) => row)]),
    isBalanced: rows.every(({ isEqual }) => isEqual),
  };
}
