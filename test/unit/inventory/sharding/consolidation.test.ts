import { describe, expect, test } from 'vitest';
import { cellIdOf } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { eventsOf } from '../../../../lambdas/inventory/domain/ledger/events.ts';
import type { StockItem } from '../../../../lambdas/inventory/domain/ledger/stock-item.ts';
import {
  CONSOLIDATION_REPEAT_SECONDS,
  CONSOLIDATION_SECONDS,
  consolidationAt,
  decideConsolidation,
  hasEndedConsolidation,
} from '../../../../lambdas/inventory/domain/sharding/consolidation.ts';
import { decideRebalance } from '../../../../lambdas/inventory/domain/sharding/rebalance.ts';
import { reserveStock } from '../../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import {
  rebalanceStock,
  rebalanceStocks,
} from '../../../../lambdas/inventory/use-cases/sharding/rebalance-stock.ts';
import {
  aCell,
  aStockItem,
  changeOf,
  context,
  decidedValue,
  NOON,
  reserveCommand,
  seconds,
  stateWith,
  unwrap,
} from '../../../support/inventory.ts';
import { MemoryStockStore } from '../../../support/memory-stock-store.ts';

const LINES_MAX = 25;
const SHARDS_MAX = 50;

const aConsolidation = (
  overrides: Partial<NonNullable<StockItem['consolidations']>[number]> = {},
) => ({
  locationId: 'main',
  units: 7,
  at: NOON,
  ...overrides,
});
const consolidateCommand = (quantity: number, late = 0, locationId = 'main') => ({
  ...context({ now: NOON + seconds(late) }),
  locationId,
  quantity,
});
const afterOf = (sku: StockItem, command: ReturnType<typeof consolidateCommand>) => {
  const decision = decideConsolidation(sku, command);
  return decision.next === 'commit' ? decision.change.stockItem?.after : undefined;
};

describe('a requested consolidation', () => {
  test('is written to the record of the SKU and changes no cell', () => {
    const change = changeOf(decideConsolidation(aStockItem({ version: 3 }), consolidateCommand(7)));

    expect(change).toMatchObject({
      operationId: 'tea.settings.4',
      cells: [],
      stockItem: {
        expectedVersion: 3,
        after: { version: 4, correlationId: 'corr-1', consolidations: [aConsolidation()] },
      },
    });
    expect(change.idempotencyRecord).toBeUndefined();
  });

  test.each([
    [CONSOLIDATION_REPEAT_SECONDS - 1, false],
    [CONSOLIDATION_REPEAT_SECONDS, true],
    [CONSOLIDATION_REPEAT_SECONDS + 1, true],
  ])('that is repeated after %i s is written again: %s', (late, isWritten) => {
    const after = afterOf(
      aStockItem({ consolidations: [aConsolidation()] }),
      consolidateCommand(7, late),
    );

    expect(after !== undefined).toBe(isWritten);
  });

  test.each([
    ['more units at once', consolidateCommand(8), [aConsolidation({ units: 8 })]],
    ['fewer units later', consolidateCommand(6, 10), [aConsolidation({ at: NOON + seconds(10) })]],
    [
      'units of another location',
      consolidateCommand(2, 0, 'east'),
      [aConsolidation(), aConsolidation({ locationId: 'east', units: 2 })],
    ],
    [
      'units when the last one has ended',
      consolidateCommand(2, CONSOLIDATION_SECONDS),
      [aConsolidation({ units: 2, at: NOON + seconds(CONSOLIDATION_SECONDS) })],
    ],
  ])('for %s keeps one per location, with the most units', (_case, command, consolidations) => {
    expect(
      afterOf(aStockItem({ consolidations: [aConsolidation()] }), command)?.consolidations,
    ).toEqual(consolidations);
  });

  test('removes consolidations of other locations that have ended', () => {
    const sku = aStockItem({ consolidations: [aConsolidation({ locationId: 'east' })] });

    expect(afterOf(sku, consolidateCommand(2, CONSOLIDATION_SECONDS))?.consolidations).toEqual([
      aConsolidation({ units: 2, at: NOON + seconds(CONSOLIDATION_SECONDS) }),
    ]);
  });

  test('of an unknown SKU changes nothing', () => {
    expect(decideConsolidation(undefined, consolidateCommand(1))).toEqual({
      next: 'replay',
      value: undefined,
    });
  });

  test.each([
    [CONSOLIDATION_SECONDS - 1, false],
    [CONSOLIDATION_SECONDS, true],
    [CONSOLIDATION_SECONDS + 1, true],
  ])('ends after %i s: %s', (late, isOver) => {
    const sku = aStockItem({ consolidations: [aConsolidation()] });

    expect(hasEndedConsolidation(sku, NOON + seconds(late))).toBe(isOver);
    expect(consolidationAt(sku, 'main', NOON + seconds(late))).toEqual(
      isOver ? undefined : aConsolidation(),
    );
    expect(consolidationAt(sku, 'east', NOON + seconds(late))).toBeUndefined();
  });
});

describe('units that are consolidated in one cell', () => {
  const cellsOf = (...units: readonly number[]) =>
    units.map((available, shard) => aCell({ shard, available }));
  const stepOf = (sku: StockItem, units: readonly number[], late = 0) =>
    decideRebalance(stateWith(cellsOf(...units), { sku }), {
      ...context({ now: NOON + seconds(late) }),
      sku: 'tea',
    });
  const moves = (of: ReturnType<typeof stepOf>) =>
    changeOf(of).cells.map(({ cell, available }) => [cell.shard, available]);
  const together = (units: number, overrides: Partial<StockItem> = {}) =>
    aStockItem({ shardCount: 4, consolidations: [aConsolidation({ units })], ...overrides });

  test('move to the fullest cell from the fullest others, no more than it lacks', () => {
    expect(moves(stepOf(together(9), [2, 3, 5, 4]))).toEqual([
      [3, -4],
      [2, 4],
    ]);
  });

  test.each([
    [8, false],
    [9, true],
    [10, true],
  ])('do not move once it has %i of 9', (units, isDone) => {
    expect(decidedValue(stepOf(together(9), [units, 0, 0, 5]))).toEqual({ isDone });
  });

  test('are levelled again when all cells have too few', () => {
    expect(moves(stepOf(together(13), [12, 0, 0, 0]))).toEqual([
      [0, -3],
      [1, 3],
    ]);
  });

  test('move out of cells that are being drained, too', () => {
    const sku = together(9, { shardCount: 2, openShardCount: 4 });

    expect(moves(stepOf(sku, [5, 0, 3, 4]))).toEqual([
      [3, -4],
      [0, 4],
    ]);
    expect(moves(stepOf(sku, [9, 0, 3, 0]))).toEqual([
      [2, -3],
      [1, 3],
    ]);
  });

  test('belong to the requested location only', () => {
    const sku = together(9, { shardCount: 2, locations: ['main', 'east'] });
    const east = [4, 4].map((available, shard) => aCell({ locationId: 'east', shard, available }));
    const state = stateWith([...cellsOf(9, 1), ...east], { sku });

    expect(decidedValue(decideRebalance(state, { ...context(), sku: 'tea' }))).toEqual({
      isDone: true,
    });
  });

  test('are levelled when the consolidation has ended, which is then removed from the record', async () => {
    const store = new MemoryStockStore();
    const { consolidations: _none, ...settings } = together(9);
    store.skus.set('tea', together(9));
    for (const cell of cellsOf(9, 1, 1, 1)) store.cells.set(cellIdOf(cell), cell);
    const late = { ...context({ now: NOON + seconds(CONSOLIDATION_SECONDS) }), sku: 'tea' };

    await rebalanceStock(store, late);

    expect([...store.cells.values()].map(({ available }) => available)).toEqual([3, 3, 3, 3]);
    expect(store.skus.get('tea')).not.toHaveProperty('consolidations');
    expect(store.skus.get('tea')).toMatchObject({
      shardCount: settings.shardCount,
    });
  });
});

describe(`an order of ${LINES_MAX} lines that each need all units of ${SHARDS_MAX} cells`, () => {
  const skus = Array.from({ length: LINES_MAX }, (_, index) => `sku-${index}`);
  const lines = skus.map((sku) => ({ sku, quantity: SHARDS_MAX }));
  const scattered = (): MemoryStockStore => {
    const store = new MemoryStockStore();
    for (const sku of skus) {
      store.skus.set(sku, aStockItem({ sku, shardCount: SHARDS_MAX }));
      for (let shard = 0; shard < SHARDS_MAX; shard += 1) {
        const cell = aCell({ sku, shard, available: 1 });
        store.cells.set(cellIdOf(cell), cell);
      }
    }
    return store;
  };
  /** Rebalances until the consolidation is done, as the consumer of its event does. */
  const consume = async (
    store: MemoryStockStore,
    before: ReadonlyMap<string, StockItem>,
    now: number,
  ) => {
    const events = [...store.skus.values()].flatMap((sku) => {
      const known = before.get(sku.sku);
      return eventsOf(known && { type: 'stockItem', stockItem: known }, {
        type: 'stockItem',
        stockItem: sku,
      });
    });
    const commands = events.map(({ detail: { data } }) => ({
      ...context({ now }),
      sku: 'sku' in data ? data.sku : '',
    }));
    const settled = await rebalanceStocks(store, commands);
    expect(settled.filter(({ status }) => status === 'rejected')).toEqual([]);
    return events;
  };

  test('is rejected, its units are consolidated, and its retry succeeds', async () => {
    const store = scattered();
    const before = new Map(store.skus);

    const rejected = await reserveStock(store, reserveCommand({ lines }));
    const movedBefore = store.movements.length;
    const events = await consume(store, before, NOON + seconds(1));
    const retried = await reserveStock(store, reserveCommand({ lines, now: NOON + seconds(5) }));

    expect(rejected).toMatchObject({
      error: { kind: 'stockTooFragmented', cellsNeeded: LINES_MAX * SHARDS_MAX, cellsMax: 49 },
    });
    expect(movedBefore).toBe(0);
    expect(new Set(events.map(({ type }) => type))).toEqual(
      new Set(['StockConsolidationRequested']),
    );
    expect(unwrap(retried).reservation.lines.length).toBeLessThanOrEqual(49);
    expect([...store.cells.values()].reduce((units, { available }) => units + available, 0)).toBe(
      0,
    );
  });

  test('writes nothing more when it is retried at once', async () => {
    const store = scattered();
    await reserveStock(store, reserveCommand({ lines }));
    const versions = [...store.skus.values()].map(({ version }) => version);

    await reserveStock(
      store,
      reserveCommand({ lines, reservationId: 'res-2', now: NOON + seconds(1) }),
    );

    expect([...store.skus.values()].map(({ version }) => version)).toEqual(versions);
  });
});
