import type { Stock } from './demo-client.ts';

/** Throws an error when something that a scene shows is not true. */
export function assertShown(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`The scene expected ${what}.`);
}

type Quantities = Pick<Stock, 'onHand' | 'available'> & Partial<Pick<Stock, 'held' | 'committed'>>;

/** Throws an error when a stock has other quantities. `held` and `committed` are 0 by default. */
export function assertStock(stock: Stock | undefined, quantities: Quantities): void {
  const expected = { held: 0, committed: 0, ...quantities };
  for (const [account, units] of Object.entries(expected))
    assertShown(
      stock?.[account as keyof Quantities] === units,
      `${units} units ${account} in ${JSON.stringify(stock)}`,
    );
}
