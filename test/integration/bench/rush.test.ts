import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  createRowAndOrderBuyer,
  createStockbookBuyer,
  putRow,
} from '../../../bench/hot-sku/purchases.ts';
import { type RushResult, runRush } from '../../../bench/hot-sku/rush.ts';
import { openShop } from '../../../bench/hot-sku/shop.ts';
import { runSellOut, type SellOutResult } from '../../../bench/sell-out/run-sell-out.ts';

/** Samples of `npm run bench -- hot-sku` and `-- sell-out`: the same code with fewer buyers. */
const tableProperties = {
  AttributeDefinitions: [
    ...['pk', 'sk', 'listedSku', 'operationCell'].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S',
    })),
    { AttributeName: 'at', AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  BillingMode: 'PAY_PER_REQUEST',
  GlobalSecondaryIndexes: [
    {
      IndexName: 'skus',
      KeySchema: [{ AttributeName: 'listedSku', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
    {
      IndexName: 'operations',
      KeySchema: [
        { AttributeName: 'operationCell', KeyType: 'HASH' },
        { AttributeName: 'at', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
};
const endpoint = inject('dynamodbEndpoint');

describe('a hot SKU', () => {
  const BUYERS = 12;
  const UNITS = 10_000;
  const sold = async (shards: number, isBaseline = false): Promise<RushResult> => {
    const shop = await openShop({
      endpoint,
      tableProperties,
      shards,
      units: UNITS,
      model: { burstSeconds: 0.2 },
    });
    try {
      if (isBaseline) await shop.throttlingServer.runUnthrottled(() => putRow(shop, UNITS));
      const crowd = Array.from({ length: BUYERS }, () =>
        (isBaseline ? createRowAndOrderBuyer : createStockbookBuyer)(shop),
      );
      return await runRush(shop, crowd, { warmSeconds: 0.05, seconds: 0.2 });
    } finally {
      await shop.close();
    }
  };

  test('accepts more holds per second with shards than without, and than one row with an order', async () => {
    const [one, five, row] = [await sold(1), await sold(5), await sold(1, true)];

    expect(five.holdsPerSecond).toBeGreaterThan(2 * one.holdsPerSecond);
    expect(five.holdsPerSecond).toBeGreaterThan(2 * row.holdsPerSecond);
    // The throughput that a lock of 7 to 10 ms allows.
    expect(one.holdsPerSecond).toBeLessThan(145);
    expect(five.writeUnitsPerHold).toBeGreaterThanOrEqual(6);
  });
});

describe('a sell-out', () => {
  let result: SellOutResult;
  let restored: unknown;
  const UNITS = 20;

  beforeAll(async () => {
    const timers = globalThis.setTimeout;
    result = await runSellOut({
      endpoint,
      tableProperties,
      design: 'stockbook',
      shards: 4,
      units: UNITS,
      crowd: [
        { buyers: 22, quantity: 1 },
        { buyers: 8, quantity: 3 },
      ],
    });
    restored = timers === globalThis.setTimeout;
  });
  afterAll(() => expect(restored).toBe(true));

  test('sells every unit once', () => {
    expect(result).toMatchObject({ unitsSold: UNITS, oversold: 0, violations: [] });
  });

  test('rejects no buyer while the books have the quantity, and leaves no wanted unit', () => {
    expect(result).toMatchObject({ falselyRejected: 0, stranded: 0 });
    expect(result.rejected).toBe(30 - result.sales);
    expect(result.rejected).toBeGreaterThan(0);
  });

  test('costs 6 write units per sale plus consolidation, without cancelled transactions', () => {
    expect(result.perSale.written.units).toBeGreaterThanOrEqual(6);
    expect(result.perSale.written.units).toBeLessThan(8);
    expect(result.perSale.cancelled.units).toBeGreaterThan(0);
  });
});
