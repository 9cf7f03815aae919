import type { LevelSweep } from '../../lambdas/inventory/domain/stock/level-sweep.ts';
import type { StockLevel } from '../../lambdas/inventory/domain/stock/stock-level.ts';
import type {
  LevelSweepStore,
  StockLevelStore,
  WakeReader,
} from '../../lambdas/inventory/use-cases/ports.ts';
import type { Instant } from '../../lambdas/shared/core/instant.ts';
import type { Page, PageRequest } from '../../lambdas/shared/core/page.ts';

/** Keeps levels in memory, with the list of those that wait for a look. */
export class MemoryStockLevelStore implements StockLevelStore, WakeReader {
  readonly levels = new Map<string, StockLevel>();
  /** Every version that was written, in order. */
  readonly written: StockLevel[] = [];

  async read(skus: readonly string[]): Promise<ReadonlyMap<string, StockLevel>> {
    return new Map(
      skus.flatMap((sku) => {
        const level = this.levels.get(sku);
        return level === undefined ? [] : [[sku, level] as const];
      }),
    );
  }

  readForDisplay(skus: readonly string[]): Promise<ReadonlyMap<string, StockLevel>> {
    return this.read(skus);
  }

  async replace(after: StockLevel): Promise<boolean> {
    if ((this.levels.get(after.sku)?.version ?? 0) !== after.version - 1) return false;
    this.levels.set(after.sku, after);
    this.written.push(after);
    return true;
  }

  async listDue(now: Instant, { limit, cursor }: PageRequest): Promise<Page<string>> {
    const due = [...this.levels.values()]
      .flatMap(({ sku, wakeAt }) =>
        wakeAt !== undefined && wakeAt <= now ? [{ sku, wakeAt }] : [],
      )
      .sort((a, b) => a.wakeAt - b.wakeAt || (a.sku < b.sku ? -1 : 1))
      .map(({ sku, wakeAt }) => ({ sku, position: `${String(wakeAt).padStart(15, '0')} ${sku}` }))
      .filter(({ position }) => cursor === undefined || position > cursor);
    const items = due.slice(0, limit);
    const last = items.at(-1)?.position;
    return {
      items: items.map(({ sku }) => sku),
      ...(due.length > limit && last !== undefined ? { cursor: last } : {}),
    };
  }
}

export class MemoryLevelSweepStore implements LevelSweepStore {
  sweep: LevelSweep | undefined;

  async find(): Promise<LevelSweep | undefined> {
    return this.sweep;
  }

  async replace(after: LevelSweep): Promise<boolean> {
    if ((this.sweep?.version ?? 0) !== after.version - 1) return false;
    this.sweep = after;
    return true;
  }
}
