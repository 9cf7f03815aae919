import {
  type Cell,
  cellIdOf,
  floorOf,
  quantitiesAt,
} from '../../../lambdas/inventory/domain/ledger/cell.ts';
import { type Change, withConflicts } from '../../../lambdas/inventory/domain/ledger/change.ts';
import type {
  BookRecords,
  RecordKeys,
  StockStore,
} from '../../../lambdas/inventory/use-cases/ports.ts';
import { checkCells, checkParts } from '../../simulator/checks/cell-checker.ts';
import { NOON, seconds } from '../../support/inventory.ts';
import { type CellMovement, MemoryStockStore } from '../../support/memory-stock-store.ts';
import { cellsOfSku, ObservedRequests } from './observed-requests.ts';
import { type Safeguard, withoutSafeguard } from './safeguards.ts';
import { LOCATIONS, type Request, runStep, SKUS, type Step } from './steps.ts';

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
  readonly #requests = new ObservedRequests(this.store);
  /** Last set number of shards, by SKU. */
  readonly #shards = new Map<string, number>();
  #now = NOON;
  #requestCount = 0;
  #pauses = 0;

  constructor(without?: Safeguard) {
    this.#without = without;
  }

  /** Number of rejections for insufficient stock. */
  get rejections(): number {
    return this.#requests.rejections;
  }

  async play({ step, skewSeconds, ...others }: InterleavedStep): Promise<void> {
    if (step.kind === 'wait') {
      this.#now += seconds(step.seconds);
      return;
    }
    this.#requestCount += 1;
    const now = this.#now + seconds(skewSeconds);
    const observation = this.#requests.start(now, {
      ...(step.kind === 'extend' ? { reservationId: step.id } : {}),
      ...('locationId' in step ? { candidates: candidatesOf(step.locationId) } : {}),
      keepsFloor: step.kind !== 'adjust',
    });
    const result = await runStep(this.#storeWith(step, others), step, {
      now,
      number: this.#requestCount,
    }).catch((error: Error) => {
      if (!error.message.startsWith('cannot ship')) throw error;
      return undefined;
    });
    this.#requests.end(observation, result);
    this.#assertSound(step);
  }

  #storeWith(step: Request, others: Omit<InterleavedStep, 'step' | 'skewSeconds'>): StockStore {
    const reading = [...others.beforeRead];
    const betweenSkuCells = [...others.betweenSkuCells];
    const betweenLineCells = [...others.betweenLineCells];
    let between = [...others.beforeWrite];
    let isFirst = true;
    /** Keys of the last read, if it read records only: they name the cells of the next read. */
    let recordKeys: RecordKeys | undefined;
    let seen: BookRecords['stockItems'] = new Map();
    // True from a read of all cells until the next attempt. A read of records only is then a
    // confirmation.
    let areAllCellsRead = false;
    /** Cells of the lines of the reservations that were read. */
    const lineCells = new Set<string>();
    const applyGroup = async (changes: readonly Change[]) => {
      areAllCellsRead = false;
      const open = between;
      between = [];
      for (const other of open) await this.play(other);
      const movementCount = this.store.movements.length;
      const applying = this.store.applyGroup(
        changes.map((change) => withoutSafeguard(change, this.#without, this.store)),
      );
      // The change is written by now; another request of a batch may read the book before this one
      // gets its result.
      if (step.kind === 'shards') this.#recordShards(step, changes);
      this.#assertFloorsKept(this.store.movements.slice(movementCount));
      this.#requests.observe();
      return applying;
    };
    return {
      read: async (keys) => {
        if (isOfLocations(keys)) return this.store.read(keys);
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

  /** Throws if new movements hold units from `available` that leave less than the cell's floor. */
  #assertFloorsKept(movements: readonly CellMovement[]): void {
    for (const { cellId, kind, from } of movements) {
      if (!['RESERVED', 'EXTENDED'].includes(kind) || from.account !== 'available') continue;
      const cell = this.store.cells.get(cellId);
      if (cell !== undefined && cell.available < floorOf(cell))
        throw new Error(`${kind} takes units below the floor of ${cellId}: ${cell.available} left`);
    }
  }

  /** Records the shard count if the write succeeded. Called immediately after the write. */
  #recordShards(
    { sku, count }: Request & { readonly kind: 'shards' },
    [change]: readonly Change[],
  ): void {
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

  #assertSound(after: Step): void {
    const movementsOf = Map.groupBy(this.store.movements, ({ cellId }) => cellId);
    const cells = [...this.store.cells].map(([cellId, cell]) => ({
      id: cellId,
      cell,
      movements: movementsOf.get(cellId) ?? [],
    }));
    const wrong = checkCells({ cells, reservations: [...this.store.reservations.values()] });
    wrong.push(...checkParts(this.store.reservations.values()));
    wrong.push(...SKUS.flatMap((sku) => this.#wrongOf(sku)));
    if (wrong.length > 0) throw new Error(`after ${JSON.stringify(after)}: ${wrong.join('; ')}`);
  }

  #wrongOf(id: string): string[] {
    const sku = this.store.skus.get(id);
    if (sku === undefined) return [];
    const cells = cellsOfSku(this.store, id);
    const onHand = (cell: Cell) => quantitiesAt(cell, 0).onHand;
    const unitsAt = (place: string): number =>
      cells
        .filter(({ locationId }) => locationId === place)
        .reduce((sum, cell) => sum + onHand(cell), 0);
    const receivedAt = (place: string): number =>
      this.store.movements
        .filter(({ cellId }) => cellId.startsWith(`${id}#${place}#`))
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
      // No unit leaves its location but to the outside.
      ...LOCATIONS.flatMap((place) =>
        unitsAt(place) === receivedAt(place)
          ? []
          : [`${id} has ${unitsAt(place)} at ${place}, but received ${receivedAt(place)}`],
      ),
      ...stranded.map((cell) => `stranded in ${cellIdOf(cell)}: ${onHand(cell)}`),
      ...(sku.shardCount === shards ? [] : [`${id} has ${sku.shardCount} shards, not ${shards}`]),
    ];
  }
}

const candidatesOf = (locationId: string | undefined): readonly string[] =>
  locationId === undefined ? LOCATIONS : [locationId];

/** Returns true for a read of settings. The records of the next cells were read before. */
const isOfLocations = ({ cells, reservations, stockItems, operations }: RecordKeys): boolean =>
  [cells, reservations, stockItems, operations].every((keys) => keys === undefined);
