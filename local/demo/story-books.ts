import type { Movement, Stock } from './story-client.ts';

export type Accounts = {
  readonly available: number;
  readonly held: number;
  readonly committed: number;
};

/** A table in plain characters; the first row is the heading, numbers stand to the right. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => String(row[column] ?? '').length)),
  );
  const line = (row: readonly (string | number)[]) =>
    row
      .map((cell, column) =>
        column === 0
          ? String(cell).padEnd(widths[column] ?? 0)
          : String(cell).padStart(widths[column] ?? 0),
      )
      .join('   ');
  const [heading = [], ...body] = rows;
  return [
    line(heading),
    widths.map((width) => '─'.repeat(width)).join('───'),
    ...body.map(line),
  ].join('\n');
}

/**
 * What the movements alone say of the accounts at `asOf`: every unit from where it was to where it went. Units whose hold
 * has lapsed by then count as available, as they do in the balance.
 */
export function accountsOf(movements: readonly Movement[], asOf: string): Accounts {
  const sums = { outside: 0, available: 0, held: 0, committed: 0 };
  const lapsing = new Map<string, { heldUntil: string; quantity: number }>();
  for (const { kind, from, to, quantity, heldUntil = '', reservationId = '' } of movements) {
    sums[from as keyof typeof sums] -= quantity;
    sums[to as keyof typeof sums] += quantity;
    if (to === 'held') lapsing.set(reservationId, { heldUntil, quantity });
    else if (kind === 'LAPSED') forget(lapsing, heldUntil);
    else if (from === 'held') lapsing.delete(reservationId);
  }
  const lapsed = [...lapsing.values()].filter(({ heldUntil }) => heldUntil <= asOf);
  const units = lapsed.reduce((sum, { quantity }) => sum + quantity, 0);
  return { available: sums.available + units, held: sums.held - units, committed: sums.committed };
}

/** A fold takes a whole slot back. */
function forget(lapsing: Map<string, { heldUntil: string }>, slot: string): void {
  for (const [reservationId, { heldUntil }] of lapsing) {
    if (heldUntil === slot) lapsing.delete(reservationId);
  }
}

/** The books of each sku: its accounts, and the same from its movements. */
export function booksTable(
  books: readonly { readonly stock: Stock; readonly movements: readonly Movement[] }[],
): {
  readonly text: string;
  readonly isBalanced: boolean;
} {
  const rows = books.map(({ stock, movements }) => {
    const sums = accountsOf(movements, stock.asOf);
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
    text: table([heading, ...rows.map(({ row }) => row)]),
    isBalanced: rows.every(({ isEqual }) => isEqual),
  };
}
