import { SHARDS_MAX } from '../../../lambdas/contracts/primitives.ts';
import type { ItemChange } from '../dynamodb/table.ts';
import type { Item } from '../dynamodb/values.ts';
import type { World } from '../world.ts';

type WatchedSku = {
  readonly sku: string;
  readonly candidates: readonly string[];
  minimum: number;
};

/** A hold that expired earlier than this has expired by every function's clock. */
const CLOCK_SKEW_SECONDS = 30;

/**
 * Checks I8: while each request that was rejected for lack of stock ran, there was too little stock
 * at some moment. Units of holds that have expired by every clock count as available.
 */
export class RejectionChecker {
  readonly #world: () => World;
  readonly #watched = new Set<WatchedSku>();
  /**
   * SKUs that a transaction is changing. Between two of its items, the units of a transfer are in
   * neither cell.
   */
  readonly #pendingSkus = new Set<string>();
  readonly violations: string[] = [];
  checkedCount = 0;

  constructor(world: () => World) {
    this.#world = world;
  }

  recordChange({ after }: ItemChange): void {
    const sku = after?.type?.S === 'balance' ? after.sku?.S : undefined;
    if (sku === undefined || this.#pendingSkus.has(sku)) return;
    this.#pendingSkus.add(sku);
    queueMicrotask(() => {
      this.#pendingSkus.delete(sku);
      for (const one of this.#watched)
        if (one.sku === sku) one.minimum = Math.min(one.minimum, this.#minimumAvailable(one));
    });
  }

  /**
   * Starts to record the minimum of available units of the lines' SKUs, at the candidates together.
   * These are the locations from which the request may take units as long as it runs. The returned
   * function stops it and checks the rejection, if there is one.
   */
  watch(
    lines: readonly { readonly sku: string; readonly quantity: number }[],
    candidates: readonly string[],
  ): (isRejected: boolean, who: string) => void {
    const watched = lines.map(({ sku }) => ({
      sku,
      candidates,
      minimum: this.#minimumAvailable({ sku, candidates }),
    }));
    for (const one of watched) this.#watched.add(one);
    return (isRejected, who) => {
      for (const one of watched) this.#watched.delete(one);
      if (!isRejected) return;
      this.checkedCount += 1;
      const isJustified = watched.some(
        ({ sku, minimum }) => minimum < (lines.find((line) => line.sku === sku)?.quantity ?? 0),
      );
      if (!isJustified)
        this.violations.push(
          `I8 ${who} was rejected ${JSON.stringify(lines)}, but at least ${JSON.stringify(watched)} was always available`,
        );
    };
  }

  #minimumAvailable({ sku, candidates }: Omit<WatchedSku, 'minimum'>): number {
    const { dynamodb, time } = this.#world();
    const book = [...dynamodb.tables.values()].find(({ name }) => name.includes('-Book'));
    const cells = candidates
      .flatMap((place) =>
        Array.from({ length: SHARDS_MAX }, (_, shard) => `CELL#${sku}#${place}#${shard}`),
      )
      .flatMap((cell) => book?.primaryIndex.itemsOf(cell) ?? [])
      .filter((item) => item.type?.S === 'balance');
    const expiredBefore = time.now / 1_000 - CLOCK_SKEW_SECONDS;
    return cells.reduce((sum, cell) => sum + availableUnitsIn(cell, expiredBefore), 0);
  }
}

/** Returns the units that a new hold may take from the cell. */
function availableUnitsIn(cell: Item, expiredBefore: number): number {
  const expired = Object.entries(cell.held?.M ?? {}).filter(
    ([bucket]) => Number(bucket) <= expiredBefore,
  );
  const available =
    Number(cell.available?.N ?? 0) +
    expired.reduce((sum, [, units]) => sum + Number(units.N ?? 0), 0);
  return Math.max(0, available - Number(cell.floor?.N ?? 0));
}
