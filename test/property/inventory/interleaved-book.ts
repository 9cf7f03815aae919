import {
  type Cell,
  cellIdOf,
  quantitiesAt,
} from '../../../lambdas/inventory/domain/ledger/cell.ts';
import { type Change, withConflicts } from '../../../lambdas/inventory/domain/ledger/change.ts';
import type {
  BookRecords,
  RecordKeys,
  StockStore,
} from '../../../lambdas/inventory/use-cases/ports.ts';
import type { Result } from '../../../lambdas/shared/core/result.ts';
import { checkCells } from '../../simulator/checks/cell-checker.ts';
import { NOON, seconds } from '../../support/inventory.ts';
import { MemoryStockStore } from '../../support/memory-stock-store.ts';
import { type Request, runStep, SKUS, type Step } from './steps.ts';

/**
 * A step by a function whose clock is off. Other steps run between its decision and its write,
 * between one of its reads and the next, between the record of a reservation and the cells of its
 * lines (`betweenLineCells`), and between the cells of a SKU (`betweenSkuCells`), which the table
 * does not read at one moment.
 */
export type InterleavedStep = {
  readonly step: Step;
  readonly skewSeconds: number;
  readonly beforeWrite: readonly InterleavedStep[];
  readonly beforeRead: readonly InterleavedStep[];
  readonly betweenSkuCells: readonly InterleavedStep[];
  readonly betweenLineCells: readonly InterleavedStep[];
};

/** Safeguards that a change or a rejection can be made without, to show that they are needed. */
export type Safeguard =
  | 'expiredThroughBelow'
  | 'version'
  | 'availableMin'
  | 'stockItem'
  | 'confirmation'
  | 'bothHalves';

type RequestObservation = {
  readonly now: number;
  readonly leastAvailable: Map<string, number>;
  /**
   * The reservation to be extended: valid as long as it was held and no cell had released its
   * units.
   */
  readonly reservationId: string | undefined;
  isHeld: boolean;
};

/**
 * Conflicting steps wait for different times, as random pauses do; otherwise they would conflict at
 * each attempt.
 */
const PAUSE_STEP = 7;
const PAUSE_TURNS_MAX = 97;

/** State of one scenario: the book, the true time, and the number of requests. */
export class InterleavedBook {
  readonly store = new MemoryStockStore();
  readonly #without: Safeguard | undefined;
  readonly #watches = new Set<RequestObservation>();
  /** Last set number of shards, by SKU. */
  readonly #shards = new Map<string, number>();
  #now = NOON;
  #requests = 0;
  #pauses = 0;
  rejections = 0;

  constructor(without?: Safeguard) {
    this.#without = without;
  }

  async play({ step, skewSeconds, ...others }: InterleavedStep): Promise<void> {
    if (step.kind === 'wait') {
      this.#now += seconds(step.seconds);
      return;
    }
    this.#requests += 1;
    const now = this.#now + seconds(skewSeconds);
    const watch: RequestObservation = {
      now,
      leastAvailable: new Map<string, number>(),
      reservationId: step.kind === 'extend' ? step.id : undefined,
      isHeld: true,
    };
    this.#watches.add(watch);
    this.#look();
    const answer = await runStep(this.#storeWith(step, others), step, {
      now,
      number: this.#requests,
    }).catch((error: Error) => {
      if (!error.message.startsWith('cannot ship')) throw error;
      return undefined;
    });
    this.#watches.delete(watch);
    this.#assertTrue(answer, watch);
    this.#assertSound(step);
  }

  #storeWith(step: Request, others: Omit<InterleavedStep, 'step' | 'skewSeconds'>): StockStore {
    const reading = [...others.beforeRead];
    const betweenSkuCells = [...others.betweenSkuCells];
    const betweenLineCells = [...others.betweenLineCells];
    let between = [...others.beforeWrite];
    let isFirst = true;
    /** Keys of the last read, where it read records alone: they name the cells that are read next. */
    let recordKeys: RecordKeys | undefined;
    let seen: BookRecords['stockItems'] = new Map();
    /** True from a read of all cells until the next attempt: then a read of records alone is a confirmation. */
    let areAllCellsRead = false;
    /** Cells of the lines of the reservations that were read. */
    const lineCells = new Set<string>();
    const applyGroup = async (changes: readonly Change[]) => {
      areAllCellsRead = false;
      const open = between;
      between = [];
      for (const other of open) await this.play(other);
      const applying = this.store.applyGroup(changes.map((change) => this.#weakened(change)));
      // The change is written by now; another request of a batch may read the book before this one
      // gets its result.
      if (step.kind === 'shards') this.#keep(step, changes);
      this.#look();
      return applying;
    };
    return {
      read: async (keys) => {
        const isAfterRecords = keys.reservations === undefined && keys.stockItems === undefined;
        const one = isFirst || isAfterRecords ? undefined : reading.shift();
        isFirst = false;
        if (one !== undefined) await this.play(one);
        const isNamedByRecords = isAfterRecords && recordKeys !== undefined;
        const records = await (isNamedByRecords
          ? this.#readTorn(keys, (cellId, index) => {
              if (lineCells.has(cellId)) return betweenLineCells.shift();
              return index > 0 ? betweenSkuCells.shift() : undefined;
            })
          : this.store.read(keys));
        for (const { lines } of records.reservations.values())
          for (const line of lines) lineCells.add(cellIdOf(line));
        const isConfirmation = keys.cells === undefined && areAllCellsRead;
        areAllCellsRead ||= isNamedByRecords && recordKeys?.stockItems !== undefined;
        recordKeys = keys.cells === undefined ? keys : undefined;
        if (this.#without === 'confirmation' && isConfirmation)
          return { ...records, stockItems: seen };
        if (keys.stockItems !== undefined) seen = records.stockItems;
        return records;
      },
      backoff: async () => {
        areAllCellsRead = false;
        this.#pauses += 1;
        const turns = (this.#pauses * PAUSE_STEP) % PAUSE_TURNS_MAX;
        for (let turn = 0; turn < turns; turn += 1) await undefined;
      },
      applyGroup,
      apply: (change, contendedSkus = []) => applyGroup([withConflicts(change, contendedSkus)]),
    };
  }

  /** Called immediately after the write, which may have been rejected. */
  #keep({ sku, count }: Request & { readonly kind: 'shards' }, [change]: readonly Change[]): void {
    const written = this.store.skus.get(sku);
    if (written !== undefined && written === change?.stockItem?.after) this.#shards.set(sku, count);
  }

  /** Reads the records, and then cell after cell; some of the other steps run in between. */
  async #readTorn(
    { cells: keys = [], ...rest }: RecordKeys,
    next: (cellId: string, index: number) => InterleavedStep | undefined,
  ): Promise<BookRecords> {
    const records = await this.store.read(rest);
    const cells = new Map<string, Cell>();
    for (const [index, key] of keys.entries()) {
      const id = cellIdOf(key);
      const step = next(id, index);
      if (step !== undefined) await this.play(step);
      const cell = this.store.cells.get(id);
      if (cell !== undefined) cells.set(id, cell);
    }
    return { ...records, cells };
  }

  #weakened(change: Change): Change {
    const { stockItem } = change;
    switch (this.#without) {
      case undefined:
      case 'confirmation':
        return change;
      case 'stockItem': {
        if (stockItem === undefined) return change;
        const expectedVersion = this.store.skus.get(stockItem.after.sku)?.version;
        return { ...change, stockItem: { ...stockItem, expectedVersion } };
      }
      case 'bothHalves':
        return change.operationId.startsWith('transfer#')
          ? { ...change, cells: change.cells.slice(0, -1) }
          : change;
      default: {
        const name = this.#without;
        const cells = change.cells.map((cell) => {
          const { [name]: _dropped, ...guard } = cell.guard;
          return { ...cell, guard };
        });
        return { ...change, cells };
      }
    }
  }

  /**
   * Records the minimum of available units for each request in progress, by the clock of its
   * function.
   */
  #look(): void {
    for (const watch of this.#watches) {
      const { now, leastAvailable, reservationId } = watch;
      watch.isHeld &&= reservationId !== undefined && this.#isHeld(reservationId);
      for (const sku of SKUS) {
        const available = this.#cellsOf(sku).reduce(
          (sum, cell) => sum + quantitiesAt(cell, now).available,
          0,
        );
        leastAvailable.set(
          sku,
          Math.min(leastAvailable.get(sku) ?? Number.POSITIVE_INFINITY, available),
        );
      }
    }
  }

  #isHeld(reservationId: string): boolean {
    const { status, heldUntil = 0, lines = [] } = this.store.reservations.get(reservationId) ?? {};
    return (
      status === 'HELD' &&
      lines.every((line) => (this.store.cells.get(cellIdOf(line))?.expiredThrough ?? 0) < heldUntil)
    );
  }

  #cellsOf(sku: string): Cell[] {
    return [...this.store.cells.values()].filter((cell) => cell.sku === sku);
  }

  #assertTrue(
    answer: Result<unknown, { readonly kind: string }> | undefined,
    { leastAvailable, isHeld, reservationId }: RequestObservation,
  ): void {
    if (answer?.ok !== false) return;
    if (answer.error.kind === 'expired' && isHeld)
      throw new Error(
        `falsely refused: ${reservationId} was held all the time, and its extension found it expired`,
      );
    if (answer.error.kind !== 'insufficientStock') return;
    this.rejections += 1;
    const { shortages } = answer.error as unknown as {
      shortages: { sku: string; requested: number }[];
    };
    if (!shortages.some(({ sku, requested }) => (leastAvailable.get(sku) ?? 0) < requested))
      throw new Error(
        `falsely refused: ${JSON.stringify(shortages)}, never less than ${[...leastAvailable]}`,
      );
  }

  #assertSound(after: Step): void {
    const cells = [...this.store.cells].map(([cellId, cell]) => ({
      id: cellId,
      cell,
      movements: this.store.movements.filter((movement) => movement.cellId === cellId),
    }));
    const wrong = checkCells({ cells, reservations: [...this.store.reservations.values()] });
    wrong.push(...SKUS.flatMap((sku) => this.#wrongOf(sku)));
    if (wrong.length > 0) throw new Error(`after ${JSON.stringify(after)}: ${wrong.join('; ')}`);
  }

  #wrongOf(id: string): string[] {
    const sku = this.store.skus.get(id);
    if (sku === undefined) return [];
    const cells = this.#cellsOf(id);
    const onHand = (cell: Cell) => quantitiesAt(cell, 0).onHand;
    const units = cells.reduce((sum, cell) => sum + onHand(cell), 0);
    const came = this.store.movements
      .filter(({ cellId }) => cellId.startsWith(`${id}#`))
      .reduce(
        (sum, { quantity, from, to }) =>
          sum +
          (from.account === 'outside' ? quantity : 0) -
          (to.account === 'outside' ? quantity : 0),
        0,
      );
    const stranded = cells.filter((cell) => cell.shard >= sku.openShardCount && onHand(cell) !== 0);
    const shards = this.#shards.get(id) ?? sku.shardCount;
    return [
      ...(units === came ? [] : [`${id} has ${units}, and ${came} came`]),
      ...stranded.map((cell) => `stranded in ${cellIdOf(cell)}: ${onHand(cell)}`),
      ...(sku.shardCount === shards ? [] : [`${id} has ${sku.shardCount} shards, not ${shards}`]),
    ];
  }
}
