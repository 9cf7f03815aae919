import { SHARDS_MAX } from '../../../lambdas/contracts/primitives.ts';
import type { Change } from '../dynamodb/table.ts';
import type { Item } from '../dynamodb/values.ts';
import type { World } from '../world.ts';

type Watched = { readonly sku: string; least: number };

/** Whatever a function's clock says, a hold that lapsed before that is over for it. */
const SKEW_SECONDS = 30;

/**
 * Keeps account of I8: whoever is refused for want of stock was refused at a time at which there was too little, of which holds that
 * have lapsed by every clock are no part.
 */
export class Refusals {
  readonly #world: () => World;
  readonly #watched = new Set<Watched>();
  /** Skus that a transaction is changing: between two of its items a transfer has units in neither cell. */
  readonly #changing = new Set<string>();
  readonly violations: string[] = [];
  checked = 0;

  constructor(world: () => World) {
    this.#world = world;
  }

  changed({ after }: Change): void {
    const sku = after?.type?.S === 'balance' ? after.sku?.S : undefined;
    if (sku === undefined || this.#changing.has(sku)) return;
    this.#changing.add(sku);
    queueMicrotask(() => {
      this.#changing.delete(sku);
      for (const one of this.#watched)
        if (one.sku === sku) one.least = Math.min(one.least, this.#surelyAvailable(sku));
    });
  }

  /** Begins to watch what there is of the lines' skus; what is answered ends it, and is told who was refused. */
  watch(
    lines: readonly { readonly sku: string; readonly quantity: number }[],
  ): (isRefused: boolean, who: string) => void {
    const watched = lines.map(({ sku }) => ({ sku, least: this.#surelyAvailable(sku) }));
    for (const one of watched) this.#watched.add(one);
    return (isRefused, who) => {
      for (const one of watched) this.#watched.delete(one);
      if (!isRefused) return;
      this.checked += 1;
      const isShort = watched.some(
        ({ sku, least }) => least < (lines.find((line) => line.sku === sku)?.quantity ?? 0),
      );
      if (!isShort)
        this.violations.push(
          `I8 ${who} was refused ${JSON.stringify(lines)}, and there never was less than ${JSON.stringify(watched)}`,
        );
    };
  }

  #surelyAvailable(sku: string): number {
    const { dynamodb, time } = this.#world();
    const book = [...dynamodb.tables.values()].find(({ name }) => name.includes('-Book'));
    const cells = Array.from({ length: SHARDS_MAX }, (_, shard) => `CELL#${sku}#main#${shard}`)
      .flatMap((cell) => book?.main.of(cell) ?? [])
      .filter((item) => item.type?.S === 'balance');
    const over = time.now / 1_000 - SKEW_SECONDS;
    return cells.reduce((sum, cell) => sum + availableIn(cell, over), 0);
  }
}

function availableIn(cell: Item, over: number): number {
  const lapsed = Object.entries(cell.held?.M ?? {}).filter(([slot]) => Number(slot) <= over);
  return (
    Number(cell.available?.N ?? 0) +
    lapsed.reduce((sum, [, units]) => sum + Number(units.N ?? 0), 0)
  );
}
