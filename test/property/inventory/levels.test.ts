import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Cell } from '../../../lambdas/inventory/domain/ledger/cell.ts';
import type { StockItem } from '../../../lambdas/inventory/domain/ledger/stock-item.ts';
import {
  decideLevel,
  LEVEL_QUIET_MILLISECONDS,
} from '../../../lambdas/inventory/domain/stock/decide-level.ts';
import { levelEvents } from '../../../lambdas/inventory/domain/stock/level-events.ts';
import type { StockLevel } from '../../../lambdas/inventory/domain/stock/stock-level.ts';
import { aCell, aLocation, aStockItem, NOON, NOON_BUCKET } from '../../support/inventory.ts';

const RUNS = Number(process.env.LEVEL_HISTORIES ?? 2_000);
/** Races are rarer than the rules that one process breaks alone. */
const INTERLEAVED_RUNS = 3 * RUNS;
const LOCATION_IDS = ['main', 'shop'] as const;
/** The clocks of two processes differ by up to twice this time. */
const SKEW_MILLISECONDS = 2_000;

/** The stored state of one SKU, and the time. */
class Stock {
  now = NOON;
  item: StockItem = aStockItem({ locations: [...LOCATION_IDS], lowStockThreshold: 3 });
  readonly cells = new Map<string, Cell>(
    LOCATION_IDS.map((locationId) => [locationId, aCell({ locationId })]),
  );
  record: StockLevel | undefined;
  readonly versions: StockLevel[] = [];
  readonly locations = new Map([['shop', aLocation({ locationId: 'shop', pickup: true })]]);

  facts() {
    return {
      stockItem: this.item,
      cells: [...this.cells.values()],
      locations: new Map(this.locations),
    };
  }

  /** Writes a version on condition of the one before it. */
  write(after: StockLevel): boolean {
    if ((this.record?.version ?? 0) !== after.version - 1) return false;
    this.record = after;
    this.versions.push(after);
    return true;
  }

  /** Decides and writes at once. */
  decide(mayRaise: boolean, now = this.now): void {
    const after = decideLevel(this.record, this.facts(), { now, mayRaise, showBelow: 2 });
    if (after !== undefined) expect(this.write(after)).toBe(true);
  }

  /** Runs looks until none is due any more, as at the end of a day without requests. */
  settle(): void {
    for (let looks = 0; this.record?.wakeAt !== undefined; looks += 1) {
      expect(looks, 'looks until no wake is left').toBeLessThan(50);
      this.now = Math.max(this.now, this.record.wakeAt) + 5_000;
      this.decide(true);
    }
  }

  expectRight(): void {
    const now = this.now + LEVEL_QUIET_MILLISECONDS;
    expect(
      decideLevel(this.record, this.facts(), { now, mayRaise: true, showBelow: 2 }),
      'the levels differ from the cells, and no wake announces it',
    ).toBeUndefined();
  }
}

type Step =
  | {
      readonly kind: 'units';
      readonly at: string;
      readonly available: number;
      readonly held: number;
    }
  | { readonly kind: 'threshold'; readonly units: number };
const change = fc.oneof<fc.Arbitrary<Step>[]>(
  fc.record({
    kind: fc.constant('units' as const),
    at: fc.constantFrom(...LOCATION_IDS),
    available: fc.nat(5),
    held: fc.nat(3),
  }),
  fc.record({ kind: fc.constant('threshold' as const), units: fc.nat(4) }),
);
const waitMilliseconds = fc.oneof(fc.nat(3_000), fc.nat(70_000));

function apply(stock: Stock, step: Step): void {
  if (step.kind === 'threshold') {
    stock.item = { ...stock.item, lowStockThreshold: step.units };
    return;
  }
  const bucket = NOON_BUCKET + 60 * Math.ceil((stock.now - NOON) / 60_000 + 1);
  stock.cells.set(
    step.at,
    aCell({ locationId: step.at, available: step.available, held: { [bucket]: step.held } }),
  );
}

/** Returns the times at which the level of each subject changed, by subject. */
function changesBySubject(versions: readonly StockLevel[]): Map<string, number[]> {
  const times = new Map<string, number[]>();
  for (const { total, locations } of versions)
    for (const [subject, level] of Object.entries({ ...locations, '': total })) {
      const at = level.lastChange?.at;
      const known = times.get(subject) ?? [];
      if (at !== undefined && at !== known.at(-1)) times.set(subject, [...known, at]);
    }
  return times;
}

test('no level changes more than twice in 60 s, and events form a chain for each subject', () => {
  const history = fc.array(
    fc.record({ wait: waitMilliseconds, change, isLook: fc.boolean(), skew: fc.integer() }),
    { maxLength: 60 },
  );

  let changes = 0;
  fc.assert(
    fc.property(history, (steps) => {
      const stock = new Stock();
      for (const { wait, change: step, isLook, skew } of steps) {
        stock.now += wait;
        apply(stock, step);
        stock.decide(isLook, stock.now + (skew % SKEW_MILLISECONDS));
      }
      stock.settle();
      stock.expectRight();

      for (const times of changesBySubject(stock.versions).values()) {
        changes += times.length;
        for (const [index, at] of times.slice(2).entries())
          expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(LEVEL_QUIET_MILLISECONDS);
      }
      const last = new Map<string, string>();
      for (const [index, after] of stock.versions.entries())
        for (const { type, detail } of levelEvents(stock.versions[index - 1], after)) {
          if (type !== 'AvailabilityChanged') continue;
          const { locationId = '', from, to } = detail.data;
          expect(from).toBe(last.get(locationId) ?? 'out');
          last.set(locationId, to);
        }
      expect(last.get('') ?? 'out').toBe(stock.record?.total.level ?? 'out');
    }),
    { numRuns: RUNS },
  );
  expect(changes).toBeGreaterThan(RUNS);
});

/** A watcher or a look between its reads and its write. */
type Process = {
  readonly mayRaise: boolean;
  readonly now: number;
  readonly record: StockLevel | undefined;
  facts?: ReturnType<Stock['facts']>;
};

test('after any interleaving of watchers and looks, the levels equal the cells once no look is due', () => {
  const units = fc.record({
    kind: fc.constant('units' as const),
    at: fc.constant('main'),
    available: fc.constantFrom(0, 1, 5),
    held: fc.constantFrom(0, 2),
  });
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('change' as const), change: units }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('wait' as const), wait: waitMilliseconds }),
    },
    { weight: 2, arbitrary: fc.constant({ kind: 'look' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'sweep' as const }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('advance' as const), pick: fc.nat() }) },
  );
  const history = fc.array(fc.record({ step, skew: fc.integer() }), { maxLength: 30 });

  fc.assert(
    fc.property(units, history, fc.array(fc.nat(), { minLength: 1 }), (first, steps, picks) => {
      const stock = new Stock();
      apply(stock, first);
      stock.decide(true);
      stock.settle();
      stock.now += LEVEL_QUIET_MILLISECONDS;
      const processes: Process[] = [];
      const start = (mayRaise: boolean, skew: number) =>
        processes.push({
          mayRaise,
          now: stock.now + (skew % SKEW_MILLISECONDS),
          record: stock.record,
        });
      /** Makes the next step of a process: its read of the cells, or its write. */
      const advance = (pick: number) => {
        const index = pick % processes.length;
        const process = processes[index];
        if (process === undefined) return;
        if (process.facts === undefined) {
          process.facts = stock.facts();
          return;
        }
        const { record, facts, now, mayRaise } = process;
        const after = decideLevel(record, facts, { now, mayRaise, showBelow: 2 });
        processes.splice(index, 1);
        // A process whose write fails reads both again.
        if (after !== undefined && !stock.write(after))
          processes.push({ mayRaise, now, record: stock.record });
      };

      for (const { step: one, skew } of steps) {
        if (one.kind === 'wait') stock.now += one.wait;
        if (one.kind === 'advance' && processes.length > 0) advance(one.pick);
        if (one.kind === 'look' && (stock.record?.wakeAt ?? Number.POSITIVE_INFINITY) <= stock.now)
          start(true, skew);
        if (one.kind === 'sweep') start(true, skew);
        if (one.kind === 'change') {
          apply(stock, one.change);
          start(false, skew);
        }
      }
      for (let index = 0; processes.length > 0; index += 1)
        advance(picks[index % picks.length] ?? 0);
      stock.settle();
      stock.expectRight();
    }),
    { numRuns: INTERLEAVED_RUNS },
  );
});
