import { type Cell, cellIdOf, countsAt } from '../../../lambdas/inventory/domain/ledger/cell.ts';
import type { Change } from '../../../lambdas/inventory/domain/ledger/change.ts';
import type { BookState } from '../../../lambdas/inventory/domain/ledger/decision.ts';
import { openCellsOf, type Sku } from '../../../lambdas/inventory/domain/ledger/sku.ts';
import type { Reads, StockStore } from '../../../lambdas/inventory/use-cases/ports.ts';
import type { Result } from '../../../lambdas/shared/core/result.ts';
import { disagreements } from '../../simulator/checks/books.ts';
import { NOON, seconds } from '../../support/inventory.ts';
import { MemoryStockStore } from '../../support/memory-stock-store.ts';
import { type Request, SKUS, type Step, send } from './steps.ts';

/**
 * A step by a function whose clock is off. Others' steps come between its decision and its write, between one of its reads and the
 * next, between the record of a reservation and the cells of its lines (`stepping`), and between the cells of a sku (`tearing`), which
 * the table reads at no one moment.
 */
export type Played = {
  readonly step: Step;
  readonly skewSeconds: number;
  readonly between: readonly Played[];
  readonly reading: readonly Played[];
  readonly tearing: readonly Played[];
  readonly stepping: readonly Played[];
};

/** What a change may be written without, or a refusal be given without: to show that it is needed. */
export type Protection = 'notFolded' | 'version' | 'available' | 'sku' | 'confirmation' | 'half';

type Watch = {
  readonly now: number;
  readonly least: Map<string, number>;
  /** Of the reservation that is to be extended: true as long as it was held, and no cell had reclaimed its units. */
  readonly reservationId: string | undefined;
  isHeld: boolean;
};

/** Those who are in each other's way wait differently long, as they do by chance; else they would be so again at each try. */
const PAUSE_STEP = 7;
const PAUSE_TURNS_MAX = 97;

/** The world of one story: the book, the true time, and how many requests were made. */
export class InterleavedBook {
  readonly store = new MemoryStockStore();
  readonly #without: Protection | undefined;
  readonly #watches = new Set<Watch>();
  /** By sku, as it was set last. */
  readonly #shards = new Map<string, number>();
  #now = NOON;
  #requests = 0;
  #pauses = 0;
  refusals = 0;

  constructor(without?: Protection) {
    this.#without = without;
  }

  async play({ step, skewSeconds, ...others }: Played): Promise<void> {
    if (step.kind === 'wait') {
      this.#now += seconds(step.seconds);
      return;
    }
    this.#requests += 1;
    const now = this.#now + seconds(skewSeconds);
    const watch: Watch = {
      now,
      least: new Map<string, number>(),
      reservationId: step.kind === 'extend' ? step.id : undefined,
      isHeld: true,
    };
    this.#watches.add(watch);
    this.#look();
    const answer = await send(this.#storeWith(step, others), step, {
      now,
      number: this.#requests,
    }).catch((fault: Error) => {
      if (!fault.message.startsWith('cannot ship')) throw fault;
      return undefined;
    });
    this.#watches.delete(watch);
    this.#assertTrue(answer, watch);
    this.#assertSound(step);
  }

  #storeWith(step: Request, others: Omit<Played, 'step' | 'skewSeconds'>): StockStore {
    const reading = [...others.reading];
    const tearing = [...others.tearing];
    const stepping = [...others.stepping];
    let between = [...others.between];
    let isFirst = true;
    let seen: BookState['skus'];
    const applyTogether = async (changes: readonly Change[]) => {
      const open = between;
      between = [];
      for (const other of open) await this.play(other);
      const applying = this.store.applyTogether(changes.map((change) => this.#weakened(change)));
      // It is written by now; another one of a batch may look at the book before this one is told so.
      if (step.kind === 'shards') this.#keep(step, changes);
      this.#look();
      return applying;
    };
    return {
      load: async (reads) => {
        const one = isFirst ? undefined : reading.shift();
        isFirst = false;
        if (one !== undefined) await this.play(one);
        const state = await (tearing.length + stepping.length === 0
          ? this.store.load(reads)
          : this.#torn(reads, tearing, stepping));
        if (
          this.#without === 'confirmation' &&
          reads.cells === undefined &&
          reads.records !== undefined
        )
          return { ...state, ...(seen && { skus: seen }) };
        seen = state.skus ?? seen;
        return state;
      },
      pause: async () => {
        this.#pauses += 1;
        const turns = (this.#pauses * PAUSE_STEP) % PAUSE_TURNS_MAX;
        for (let turn = 0; turn < turns; turn += 1) await undefined;
      },
      applyTogether,
      apply: (change) => applyTogether([change]),
    };
  }

  /** To be called at once after the write, which may have been refused. */
  #keep({ sku, count }: Request & { readonly kind: 'shards' }, [change]: readonly Change[]): void {
    const written = this.store.skus.get(sku);
    if (written !== undefined && written === change?.sku?.after) this.#shards.set(sku, count);
  }

  /** Reads the records, and then cell after cell; some of the others' steps come between. */
  async #torn(reads: Reads, tearing: Played[], stepping: Played[]): Promise<BookState> {
    const { sku, skus, cellsOfReservation, reservations, ...rest } = reads;
    const first = await this.store.load({ ...rest, ...(skus && { records: skus }) });
    const several = (reservations ?? []).flatMap((one) => this.store.reservations.get(one) ?? []);
    const record = sku === undefined ? undefined : this.store.skus.get(sku);
    const whole = [
      ...(record === undefined ? [] : [record]),
      ...(skus ? (first.skus?.values() ?? []) : []),
    ];
    const cells = new Map<string, Cell>(first.cells);
    const lines = [...(cellsOfReservation ? [first.reservation] : []), ...several].flatMap(
      (one) => one?.lines ?? [],
    );
    for (const key of lines) {
      const one = stepping.shift();
      if (one !== undefined) await this.play(one);
      const cell = this.store.cells.get(cellIdOf(key));
      if (cell !== undefined) cells.set(cellIdOf(key), cell);
    }
    for (const key of whole.flatMap((one: Sku) => openCellsOf(one))) {
      const one = cells.size === 0 ? undefined : tearing.shift();
      if (one !== undefined) await this.play(one);
      const cell = this.store.cells.get(cellIdOf(key));
      if (cell !== undefined) cells.set(cellIdOf(key), cell);
    }
    return {
      ...first,
      cells,
      ...(record && { sku: record }),
      ...(reservations && {
        reservations: new Map(several.map((one) => [one.reservationId, one])),
      }),
    };
  }

  #weakened(change: Change): Change {
    const { sku } = change;
    switch (this.#without) {
      case undefined:
      case 'confirmation':
        return change;
      case 'sku': {
        if (sku === undefined) return change;
        const expectedVersion = this.store.skus.get(sku.after.sku)?.version;
        return { ...change, sku: { ...sku, expectedVersion } };
      }
      case 'half':
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

  /** Whoever has a request under way: how little there was, by the clock of its function. */
  #look(): void {
    for (const watch of this.#watches) {
      const { now, least, reservationId } = watch;
      watch.isHeld &&= reservationId !== undefined && this.#isHeld(reservationId);
      for (const sku of SKUS) {
        const available = this.#cellsOf(sku).reduce(
          (sum, cell) => sum + countsAt(cell, now).available,
          0,
        );
        least.set(sku, Math.min(least.get(sku) ?? Number.POSITIVE_INFINITY, available));
      }
    }
  }

  #isHeld(reservationId: string): boolean {
    const { status, heldUntil = 0, lines = [] } = this.store.reservations.get(reservationId) ?? {};
    return (
      status === 'HELD' &&
      lines.every((line) => (this.store.cells.get(cellIdOf(line))?.foldedThrough ?? 0) < heldUntil)
    );
  }

  #cellsOf(sku: string): Cell[] {
    return [...this.store.cells.values()].filter((cell) => cell.sku === sku);
  }

  #assertTrue(
    answer: Result<unknown, { readonly kind: string }> | undefined,
    { least, isHeld, reservationId }: Watch,
  ): void {
    if (answer?.ok !== false) return;
    if (answer.refusal.kind === 'expired' && isHeld)
      throw new Error(
        `falsely refused: ${reservationId} was held all the time, and its extension found it expired`,
      );
    if (answer.refusal.kind !== 'insufficientStock') return;
    this.refusals += 1;
    const { shortages } = answer.refusal as unknown as {
      shortages: { sku: string; requested: number }[];
    };
    if (!shortages.some(({ sku, requested }) => (least.get(sku) ?? 0) < requested))
      throw new Error(
        `falsely refused: ${JSON.stringify(shortages)}, never less than ${[...least]}`,
      );
  }

  #assertSound(after: Step): void {
    const cells = [...this.store.cells].map(([cellId, cell]) => ({
      id: cellId,
      cell,
      movements: this.store.movements.filter((movement) => movement.cellId === cellId),
    }));
    const wrong = disagreements({ cells, reservations: [...this.store.reservations.values()] });
    wrong.push(...SKUS.flatMap((sku) => this.#wrongOf(sku)));
    if (wrong.length > 0) throw new Error(`after ${JSON.stringify(after)}: ${wrong.join('; ')}`);
  }

  #wrongOf(id: string): string[] {
    const sku = this.store.skus.get(id);
    if (sku === undefined) return [];
    const cells = this.#cellsOf(id);
    const onHand = (cell: Cell) => countsAt(cell, 0).onHand;
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
    const stranded = cells.filter((cell) => cell.shard >= sku.openShards && onHand(cell) !== 0);
    const shards = this.#shards.get(id) ?? sku.shardCount;
    return [
      ...(units === came ? [] : [`${id} has ${units}, and ${came} came`]),
      ...stranded.map((cell) => `stranded in ${cellIdOf(cell)}: ${onHand(cell)}`),
      ...(sku.shardCount === shards ? [] : [`${id} has ${sku.shardCount} shards, not ${shards}`]),
    ];
  }
}
