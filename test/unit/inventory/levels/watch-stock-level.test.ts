import { describe, expect, test } from 'vitest';
import { CONSOLIDATION_SECONDS } from '../../../../lambdas/inventory/domain/sharding/consolidation.ts';
import { changesLevels } from '../../../../lambdas/inventory/domain/stock/watched-change.ts';
import { watchStockLevels } from '../../../../lambdas/inventory/use-cases/sharding/watch-stock-level.ts';
import { RetryLaterError } from '../../../../lambdas/shared/core/errors.ts';
import {
  aCell,
  aStockItem,
  NOON,
  NOON_BUCKET,
  seconds,
  stateWith,
} from '../../../support/inventory.ts';
import {
  balanceChange,
  changeOfSku,
  DAMAGED,
  ScriptedStore,
  watchPorts,
} from './scripted-store.ts';

const stockItem = aStockItem({ lowStockThreshold: 5, version: 3 });

const low = stateWith([aCell({ available: 1 })], { sku: stockItem });
/** Returns the change of a commit of held units. */
const commitOfSku = (sku: string, conflicts = 0) =>
  balanceChange(
    aCell({ sku, held: { [NOON_BUCKET + 60]: 2 } }),
    aCell({ sku, committed: 2, conflicts }),
  );

describe('a change of a cell alters availability', () => {
  const LATER = NOON_BUCKET + 60;

  test.each([
    ['a receipt', aCell({ available: 1 }), aCell({ available: 3 }), true],
    ['the first receipt', undefined, aCell({ available: 3 }), true],
    ['a new cell without units', undefined, aCell({ available: 0 }), false],
    ['a hold', aCell({ available: 3 }), aCell({ available: 1, held: { [LATER]: 2 } }), true],
    ['a release', aCell({ available: 1, held: { [LATER]: 2 } }), aCell({ available: 3 }), true],
    [
      'a commit',
      aCell({ available: 1, held: { [LATER]: 2 } }),
      aCell({ available: 1, committed: 2 }),
      false,
    ],
    [
      'a commit of expired units',
      aCell({ available: 1, held: { [NOON_BUCKET]: 2 } }),
      aCell({ available: 1, committed: 2 }),
      true,
    ],
    [
      'an expiry',
      aCell({ available: 1, held: { [NOON_BUCKET]: 2 } }),
      aCell({ available: 3 }),
      false,
    ],
    ['a shipment', aCell({ available: 1, committed: 2 }), aCell({ available: 1 }), false],
    ['a shipment from another cell', aCell({ shard: 1, committed: 2 }), aCell({ shard: 1 }), false],
  ] as const)('after %s', (_change, before, after, expected) => {
    expect(changesLevels(balanceChange(before, after), NOON)).toBe(expected);
  });
});

describe('watching a batch of balance changes', () => {
  test('reads nothing for changes that do not alter availability, unless they had conflicts', async () => {
    const calm = new ScriptedStore([low]);
    const busy = new ScriptedStore([low]);

    expect(await watchStockLevels(watchPorts(calm), [commitOfSku('tea', 9)], NOON)).toEqual({
      handledCount: 1,
      rejected: [],
    });
    expect(await watchStockLevels(watchPorts(busy), [commitOfSku('tea', 10)], NOON)).toEqual({
      handledCount: 1,
      rejected: [],
    });

    expect(calm.loaded).toEqual([]);
    expect(busy.loaded).toEqual(['tea']);
  });

  test('returns which change failed, even after changes that were skipped', async () => {
    const store = new ScriptedStore([low]);

    const outcome = await watchStockLevels(
      watchPorts(store),
      [commitOfSku('broken'), changeOfSku('tea'), changeOfSku('broken')],
      NOON,
    );

    expect(outcome).toEqual({
      handledCount: 2,
      rejected: [],
      error: new Error('the table is away'),
    });
  });

  test('reads each SKU once, and lowers the levels of those that crossed their threshold', async () => {
    const store = new ScriptedStore([low]);

    const outcome = await watchStockLevels(
      watchPorts(store),
      [changeOfSku('tea'), changeOfSku('tea'), undefined],
      NOON,
    );

    expect(outcome).toEqual({ handledCount: 3, rejected: [] });
    expect(store.loaded).toEqual(['tea']);
    expect(store.written).toMatchObject([{ total: { level: 'low' }, version: 2 }]);
  });

  test('decides again after a concurrent change', async () => {
    const store = new ScriptedStore(
      [low, stateWith([aCell({ available: 9 })], { sku: stockItem })],
      [false],
    );

    const outcome = await watchStockLevels(watchPorts(store), [changeOfSku('tea')], NOON);

    expect(outcome).toEqual({ handledCount: 1, rejected: [] });
    expect(store.written).toHaveLength(1);
  });

  test('skips an unknown SKU', async () => {
    expect(
      await watchStockLevels(watchPorts(new ScriptedStore([])), [changeOfSku('ghost')], NOON),
    ).toEqual({
      handledCount: 1,
      rejected: [],
    });
  });

  test('stops at the change that failed, with its error', async () => {
    const store = new ScriptedStore([low]);

    const outcome = await watchStockLevels(
      watchPorts(store),
      [changeOfSku('tea'), changeOfSku('broken'), changeOfSku('cup')],
      NOON,
    );

    expect(outcome).toEqual({
      handledCount: 1,
      rejected: [],
      error: new Error('the table is away'),
    });
    expect(store.loaded).toEqual(['tea']);
  });

  test('rejects a change of a SKU with a damaged record once per batch, and handles the others', async () => {
    const store = new ScriptedStore([low]);

    const outcome = await watchStockLevels(
      watchPorts(store),
      [changeOfSku('damaged'), changeOfSku('damaged'), changeOfSku('tea')],
      NOON,
    );

    expect(outcome).toEqual({ handledCount: 3, rejected: [{ index: 0, error: DAMAGED }] });
    expect(store.loaded).toEqual(['tea']);
  });

  test('stops at a SKU that stays contended for 5 attempts', async () => {
    const store = new ScriptedStore([low], Array<boolean>(9).fill(false));

    const outcome = await watchStockLevels(watchPorts(store), [changeOfSku('tea')], NOON);

    expect(outcome).toEqual({
      handledCount: 0,
      rejected: [],
      error: new RetryLaterError('the stock of tea changed during each of 5 attempts'),
    });
    expect(store.written).toHaveLength(5);
  });
});

describe('a batch of changes with write conflicts', () => {
  const CHANGES = 10;
  const sku = aStockItem({ shardCount: 2, version: 3 });
  const state = stateWith([aCell({ available: 90 })], { sku });
  /**
   * Returns a batch of changes of tea, with `perChange` conflicts each. A balance counts all its
   * conflicts.
   */
  const batch = (perChange: number) =>
    Array.from({ length: CHANGES }, (_, index) =>
      balanceChange(
        aCell(index === 0 ? {} : { conflicts: index * perChange }),
        aCell({ conflicts: (index + 1) * perChange }),
      ),
    );
  const watch = async (changes: Parameters<typeof watchStockLevels>[1], isAutomatic = false) => {
    const store = new ScriptedStore([state]);
    await watchStockLevels(
      { ...watchPorts(store), policy: { shardsMax: 50, isAutomatic } },
      changes,
      NOON,
    );
    return store.proposals;
  };

  test('causes one proposal of more shards', async () => {
    const [after, ...others] = await watch(batch(1));

    expect(others).toEqual([]);
    expect(after).toMatchObject({
      shardCount: 2,
      shardProposal: { changes: CHANGES, conflicts: 10, proposedShardCount: 4, isApplied: false },
      version: 4,
    });
  });

  test('causes more shards at once when the policy is automatic', async () => {
    expect(await watch(batch(1), true)).toMatchObject([
      { shardCount: 4, openShardCount: 4, version: 4 },
    ]);
  });

  test('causes no proposal without new conflicts, whatever the total of the balance', async () => {
    const before = aCell({ available: 99, conflicts: 900 });
    const after = aCell({ available: 98, conflicts: 900 });

    expect(await watch(Array(CHANGES).fill(balanceChange(before, after)))).toEqual([]);
  });

  test('counts the changes of its own SKU only', async () => {
    const others = Array.from({ length: 30 }, () => changeOfSku('cup'));

    expect(await watch([...batch(1), ...others])).toMatchObject([
      { shardProposal: { changes: CHANGES } },
    ]);
  });

  test('can make a SKU low and contended', async () => {
    const low = { ...sku, lowStockThreshold: 100 };
    const store = new ScriptedStore([{ ...state, stockItems: new Map([['tea', low]]) }]);

    await watchStockLevels(watchPorts(store), batch(1), NOON);

    expect(store.written).toMatchObject([{ total: { level: 'low' } }]);
    expect(store.proposals).toMatchObject([{ shardProposal: { conflicts: 10 }, version: 4 }]);
  });

  test('proposes no shards twice when another change was first', async () => {
    const low = { ...sku, lowStockThreshold: 100 };
    const records = { ...state, stockItems: new Map([['tea', low]]) };
    const store = new ScriptedStore([records], [true, false]);

    await watchStockLevels(watchPorts(store), batch(1), NOON);

    expect(store.written).toHaveLength(1);
    expect(store.proposals).toHaveLength(2);
  });
});

describe('a SKU whose units were consolidated', () => {
  test.each([
    [CONSOLIDATION_SECONDS - 1, []],
    [CONSOLIDATION_SECONDS, ['tea']],
    [CONSOLIDATION_SECONDS + 1, ['tea']],
  ])('is rebalanced at its next change after %i s', async (late, expected) => {
    const consolidations = [{ locationId: 'main', units: 3, at: NOON }];
    const store = new ScriptedStore([
      stateWith([aCell()], { sku: aStockItem({ consolidations }) }),
    ]);
    const rebalanced: string[] = [];

    await watchStockLevels(
      { ...watchPorts(store), rebalance: async (sku) => void rebalanced.push(sku) },
      [changeOfSku('tea')],
      NOON + seconds(late),
    );

    expect(rebalanced).toEqual(expected);
  });
});

describe('a SKU with more open cells than shards', () => {
  const watchOpen = async (openShardCount: number) => {
    const rebalanced: string[][] = [];
    const store = new ScriptedStore([
      stateWith([aCell()], {
        sku: aStockItem({ shardCount: 2, openShardCount, correlationId: 'corr-7' }),
      }),
    ]);
    await watchStockLevels(
      { ...watchPorts(store), rebalance: async (...call) => void rebalanced.push(call) },
      [changeOfSku('tea'), changeOfSku('tea')],
      NOON,
    );
    return rebalanced;
  };

  test.each([
    [2, []],
    [3, [['tea', 'corr-7']]],
  ])('is rebalanced whenever its cells change: 2 of %i', async (openShards, expected) => {
    expect(await watchOpen(openShards)).toEqual(expected);
  });

  test.each([
    [0, [], []],
    [1, ['tea'], []],
    [2, ['tea', 'tea'], ['tea']],
  ])(
    'is read after a shipment from shard %i only if that is being drained',
    async (shard, recorded, loaded) => {
      const sku = aStockItem({ shardCount: 2, openShardCount: 3 });
      const store = new ScriptedStore([stateWith([aCell({ available: 9 })], { sku })]);
      const shipped = balanceChange(aCell({ shard, committed: 2 }), aCell({ shard }));

      await watchStockLevels(
        { ...watchPorts(store), rebalance: async () => {} },
        [shipped, shipped],
        NOON,
      );

      expect([store.recorded, store.loaded]).toEqual([recorded, loaded]);
    },
  );

  test.each([
    ['is left to the next change', new RetryLaterError('busy'), { handledCount: 1 }],
    [
      'fails after another error',
      new Error('a bug'),
      { handledCount: 0, error: new Error('a bug') },
    ],
  ])('whose rebalance throws %s', async (_what, error, outcome) => {
    const sku = aStockItem({ shardCount: 1, openShardCount: 2 });
    const store = new ScriptedStore([stateWith([aCell()], { sku })]);

    const watched = { ...watchPorts(store), rebalance: () => Promise.reject(error) };

    expect(await watchStockLevels(watched, [changeOfSku('tea')], NOON)).toEqual({
      rejected: [],
      ...outcome,
    });
  });
});
