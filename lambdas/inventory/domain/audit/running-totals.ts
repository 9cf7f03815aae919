import type { EpochSeconds } from '../../../shared/core/instant.ts';
import { type AccountRef, isInOtherCell } from '../ledger/movement.ts';

/** Units by expiry bucket. A bucket is negative where a movement is lost; none is zero. */
export type UnitsByBucket = ReadonlyMap<EpochSeconds, number>;

/** Units by account, as movements add up. Any of them is negative where a movement is lost. */
export type AccountTotals = {
  readonly available: number;
  readonly held: UnitsByBucket;
  readonly committed: number;
};

export const NO_TOTALS: AccountTotals = { available: 0, held: new Map(), committed: 0 };

export type AccountMove = {
  readonly from: AccountRef;
  readonly to: AccountRef;
  readonly quantity: number;
};

/** Sums of moves between the accounts of one cell. */
export class RunningTotals {
  #available: number;
  readonly #held: Map<EpochSeconds, number>;
  #committed: number;

  constructor({ available, held, committed }: AccountTotals) {
    this.#available = available;
    this.#held = new Map(held);
    this.#committed = committed;
  }

  apply({ from, to, quantity }: AccountMove): void {
    this.#add(from, -quantity);
    this.#add(to, quantity);
  }

  /** Returns a copy that later moves do not change. */
  snapshot(): AccountTotals {
    return { available: this.#available, held: new Map(this.#held), committed: this.#committed };
  }

  /** Ignores what is outside or in another cell. */
  #add(ref: AccountRef, units: number): void {
    if (isInOtherCell(ref)) return;
    const { account, bucket } = ref;
    if (account === 'committed') this.#committed += units;
    else if (account === 'available') this.#available += units;
    else if (account === 'held' && bucket !== undefined) this.#addToBucket(bucket, units);
  }

  #addToBucket(bucket: EpochSeconds, units: number): void {
    const after = (this.#held.get(bucket) ?? 0) + units;
    if (after === 0) this.#held.delete(bucket);
    else this.#held.set(bucket, after);
  }
}

/** Returns the totals after the moves. */
export function totalsAfter(totals: AccountTotals, moves: readonly AccountMove[]): AccountTotals {
  const running = new RunningTotals(totals);
  for (const move of moves) running.apply(move);
  return running.snapshot();
}
