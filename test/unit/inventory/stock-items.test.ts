import { expect, test } from 'vitest';
import { skuItem } from '../../../lambdas/inventory/adapters/stock-items.ts';
import { toSku } from '../../../lambdas/inventory/adapters/stock-records.ts';
import { aSku } from '../../support/inventory.ts';

test('a sku is read as it was written', () => {
  const sku = aSku({
    shardCount: 2,
    openShards: 4,
    shardsEver: 8,
    transfers: 17,
    locations: ['main', 'annex'],
  });

  expect(toSku({ ...skuItem(sku) })).toEqual(sku);
});

test('a sku that was written before there were shards has one cell at each location', () => {
  const { openShards: _open, shardsEver: _ever, transfers: _transfers, ...old } = { ...skuItem(aSku()) };

  expect(toSku(old)).toEqual(aSku());
});
