import type { Money } from '../../contracts/primitives.ts';

export const multiply = ({ amount, currency }: Money, quantity: number): Money => ({
  amount: exactAmount(amount * quantity),
  currency,
});

export const sum = (currency: string, all: readonly Money[]): Money => ({
  amount: exactAmount(all.reduce((total, { amount }) => total + amount, 0)),
  currency,
});

/**
 * Returns the amount, or throws when it is not a safe integer. 25 lines of 1 000 000 units at 1 000
 * 000.00 stay below 2^53, so only a wrong limit can exceed it.
 */
function exactAmount(amount: number): number {
  if (!Number.isSafeInteger(amount)) throw new Error(`${amount} is not an exact amount`);
  return amount;
}
