import { type Flow, SERVICE, STAFF } from './harness.ts';
import { expectStock, LINES, MINUTE, reserveUnits, stockBothSkus, stockSku } from './steps.ts';

/** Flows of SKUs that have one cell. */
export const inventoryFlows: readonly Flow[] = [
  {
    name: 'staff create and change a SKU',
    act: async (harness) => {
      await harness.requestOk('PUT /stock/tea', {
        by: STAFF,
        body: { name: 'tea', lowStockThreshold: 3 },
      });
      await harness.requestOk('PUT /stock/tea', {
        by: STAFF,
        body: { name: 'green tea', lowStockThreshold: 4 },
      });
    },
    check: expectStock('tea', { onHand: 0, available: 0 }),
  },
  {
    name: 'staff post a receipt',
    prepare: (harness) => stockSku(harness, 'tea', 0),
    act: async (harness) => {
      await harness.requestOk('POST /stock/tea/receipts', {
        by: STAFF,
        key: 'receipt',
        body: { quantity: 7, reference: 'po-1' },
      });
    },
    check: expectStock('tea', { onHand: 7, available: 7 }),
  },
  {
    name: 'staff post an adjustment',
    prepare: (harness) => stockSku(harness, 'tea', 10),
    act: async (harness) => {
      await harness.requestOk('POST /stock/tea/adjustments', {
        by: STAFF,
        key: 'broken',
        body: { delta: -3, reason: 'damaged' },
      });
    },
    check: expectStock('tea', { onHand: 7, available: 7 }),
  },
  {
    name: 'a service reserves units',
    prepare: stockBothSkus,
    act: async (harness) => {
      await harness.requestOk('PUT /reservations/res-1', {
        by: SERVICE,
        body: { lines: LINES, holdSeconds: 600 },
      });
    },
    check: expectStock('tea', { onHand: 10, available: 8 }),
  },
  {
    name: 'two services reserve the last units',
    prepare: (harness) => stockSku(harness, 'tea', 2),
    act: async (harness) => {
      const lines = [{ sku: 'tea', quantity: 2 }];
      await harness.requestOk('PUT /reservations/res-1', {
        by: SERVICE,
        body: { lines, holdSeconds: 600 },
      });
      const other = await harness.request('PUT /reservations/res-2', {
        by: SERVICE,
        body: { lines, holdSeconds: 600 },
      });
      if (other.status !== 409)
        harness.addViolation(`the second reservation returned ${other.status}, not 409`);
    },
    check: expectStock('tea', { onHand: 2, available: 0 }),
  },
  {
    name: 'a service reserves the units of an expired hold',
    prepare: async (harness) => {
      await reserveUnits(harness);
      await harness.world.time.wait(12 * MINUTE);
    },
    act: async (harness) => {
      const lines = [{ sku: 'tea', quantity: 10 }];
      await harness.requestOk('PUT /reservations/res-2', {
        by: SERVICE,
        body: { lines, holdSeconds: 600 },
      });
    },
    check: expectStock('tea', { onHand: 10, available: 0 }),
  },
  {
    name: 'a service extends a hold',
    prepare: reserveUnits,
    act: async (harness) => {
      await harness.requestOk('POST /reservations/res-1/extension', {
        by: SERVICE,
        key: 'longer',
        body: { holdSeconds: 900 },
      });
    },
    check: expectStock('tea', { onHand: 10, available: 8 }),
  },
  {
    name: 'a service extends an expired hold',
    prepare: async (harness) => {
      await reserveUnits(harness);
      await harness.world.time.wait(12 * MINUTE);
    },
    act: async (harness) => {
      await harness.requestOk('POST /reservations/res-1/extension', {
        by: SERVICE,
        key: 'longer',
        body: { holdSeconds: 900 },
      });
    },
    check: expectStock('tea', { onHand: 10, available: 8 }),
  },
  {
    name: 'a service releases a hold',
    prepare: reserveUnits,
    act: async (harness) => {
      await harness.requestOk('DELETE /reservations/res-1', { by: SERVICE });
    },
    check: expectStock('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'stock falls below its threshold and is replenished',
    prepare: (harness) => stockSku(harness, 'tea', 5, { lowStockThreshold: 4 }),
    act: async (harness) => {
      await harness.requestOk('POST /stock/tea/adjustments', {
        by: STAFF,
        key: 'lost',
        body: { delta: -3, reason: 'shrinkage' },
      });
      await harness.world.settle();
      await harness.requestOk('POST /stock/tea/receipts', {
        by: STAFF,
        key: 'more',
        body: { quantity: 7 },
      });
    },
    check: expectStock('tea', { onHand: 9, available: 9 }),
  },
  {
    name: 'staff and services read stock',
    prepare: reserveUnits,
    act: async (harness) => {
      for (const route of [
        '/stock',
        '/stock?limit=1',
        '/stock/tea',
        '/stock/tea/movements?limit=1',
        '/stock/tea/explanation',
        '/locations',
        '/locations/main',
      ])
        await harness.requestOk(`GET ${route}`, { by: STAFF });
      await harness.requestOk('POST /availability', { by: STAFF, body: { skus: ['tea'] } });
      await harness.requestOk('GET /reservations/res-1', { by: SERVICE });
      await harness.requestOk('GET /health', { by: STAFF });
    },
  },
];
