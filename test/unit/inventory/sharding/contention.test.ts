import { describe, expect, test } from 'vitest';
import type { StockItem } from '../../../../lambdas/inventory/domain/ledger/stock-item.ts';
import {
  decideShardProposal,
  type ShardScalingPolicy,
  type WriteTraffic,
} from '../../../../lambdas/inventory/domain/sharding/contention.ts';
import { aCell, aStockItem, NOON, seconds } from '../../../support/inventory.ts';

const NOW = '2026-01-01T12:00:00.000Z';
const policy = { shardsMax: 50, isAutomatic: false };
const contended: WriteTraffic = { changes: 20, conflicts: 60 };

type ProposalInput = {
  sku: StockItem;
  traffic: WriteTraffic;
  policy: ShardScalingPolicy;
  units: number;
  now: number;
};
const proposeShards = (overrides: Partial<ProposalInput> = {}) => {
  const { sku = aStockItem(), traffic = contended, units = 1_000, now = NOON } = overrides;
  return decideShardProposal(
    sku,
    [aCell({ available: units })],
    traffic,
    overrides.policy ?? policy,
    now,
  );
};
const countFor = (overrides: Partial<ProposalInput>) =>
  proposeShards(overrides)?.shardProposal?.proposedShardCount;

describe('a SKU with write conflicts', () => {
  test('at many locations gets no more shards than the maximum of cells allows', () => {
    const locations = Array.from({ length: 20 }, (_, index) =>
      index === 0 ? 'main' : `place-${index}`,
    );
    const sku = aStockItem({ locations, shardCount: 20 });

    expect(countFor({ sku })).toBe(25);
    expect(countFor({ sku: aStockItem({ locations, shardCount: 25 }) })).toBeUndefined();
  });

  test('gets a proposal of more shards, with the traffic', () => {
    const sku = aStockItem({ shardCount: 2, version: 6 });

    expect(proposeShards({ sku })).toEqual({
      ...sku,
      shardProposal: {
        at: NOW,
        shardCount: 2,
        proposedShardCount: 8,
        changes: 20,
        conflicts: 60,
        isApplied: false,
      },
      version: 7,
    });
  });

  test('gets the shards at once when the policy is automatic', () => {
    const after = proposeShards({ policy: { ...policy, isAutomatic: true } });

    expect(after).toMatchObject({
      shardCount: 4,
      openShardCount: 4,
      peakShardCount: 4,
      version: 2,
    });
    expect(after?.shardProposal).toMatchObject({
      shardCount: 1,
      proposedShardCount: 4,
      isApplied: true,
    });
  });

  test.each([
    [9, undefined],
    [10, 2],
    [11, 3],
  ])('is contended from 10 conflicts on: %i of 10 changes', (conflicts, count) => {
    expect(countFor({ traffic: { changes: 10, conflicts } })).toBe(count);
  });

  test.each([
    [49, undefined],
    [50, 2],
    [51, 2],
  ])('is contended when every second change met a conflict: %i of 100', (conflicts, count) => {
    expect(countFor({ traffic: { changes: 100, conflicts } })).toBe(count);
  });

  test.each([
    ['attempts per change times more', 20, 3],
    ['the factor rounded up', 21, 4],
    ['7 times, one below the maximum', 60, 7],
    ['8 times, the maximum', 70, 8],
    ['8 times, although 9 are needed', 80, 8],
  ])('gets %s: %i conflicts of 10 changes', (_case, conflicts, count) => {
    expect(countFor({ traffic: { changes: 10, conflicts } })).toBe(count);
  });

  test.each([
    [49, 49],
    [50, 50],
    [51, 50],
  ])('gets no more shards than the maximum: with %i units', (units, count) => {
    const sku = aStockItem({ shardCount: 10 });

    expect(countFor({ sku, traffic: { changes: 10, conflicts: 70 }, units })).toBe(count);
  });

  test.each([
    [3, 3],
    [4, 4],
    [5, 4],
  ])('gets no more shards than available units: %i', (units, count) => {
    expect(countFor({ units })).toBe(count);
  });

  test.each([
    ['the maximum of shards', aStockItem({ shardCount: 50 }), 1_000],
    ['as many shards as units', aStockItem({ shardCount: 5 }), 5],
    ['more shards than units', aStockItem({ shardCount: 5 }), 4],
  ])('gets no proposal when it has %s', (_case, sku, units) => {
    expect(proposeShards({ sku, units })).toBeUndefined();
  });

  test('counts the units of the location with the most', () => {
    const sku = aStockItem({ locations: ['main', 'annex'] });
    const cells = [
      aCell({ available: 1 }),
      aCell({ shard: 1, available: 1 }),
      aCell({ locationId: 'annex', available: 3 }),
      aCell({ sku: 'cup', available: 90 }),
    ];

    expect(
      decideShardProposal(sku, cells, contended, policy, NOON)?.shardProposal?.proposedShardCount,
    ).toBe(3);
  });

  test.each([
    [-1, false],
    [0, true],
    [1, true],
  ])('can get another proposal after 20 s (and %i ms)', (late, isProposed) => {
    const shardProposal = {
      at: NOW,
      shardCount: 1,
      proposedShardCount: 4,
      changes: 1,
      conflicts: 9,
      isApplied: false,
    };

    const again = proposeShards({
      sku: aStockItem({ shardProposal }),
      now: NOON + seconds(20) + late,
    });

    expect(again !== undefined).toBe(isProposed);
  });
});
