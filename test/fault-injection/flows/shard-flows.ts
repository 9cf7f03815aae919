import { ALICE, type Flow, SERVICE, STAFF } from './harness.ts';
import {
  expectCells,
  expectStock,
  orderPath,
  payOrder,
  shipOrder,
  stockAt,
  stockShardedSku,
  stockSku,
} from './steps.ts';

/** More units than any one cell contains. */
const SPLIT_LINES = [{ sku: 'tea', quantity: 7 }];

/** Stocks ten units of tea in three cells: 4, 3 and 3. */
const stockThreeCells: Flow['prepare'] = (harness) => stockShardedSku(harness, 'tea', 10, 3);
const setShards =
  (shardCount: number): Flow['act'] =>
  async (harness) => {
    await harness.requestOk('PUT /stock/tea', { by: STAFF, body: { name: 'tea', shardCount } });
  };
const reserveSplitLines: Flow['act'] = async (harness) => {
  const body = { lines: SPLIT_LINES, holdSeconds: 600 };
  await harness.requestOk('PUT /reservations/res-1', { by: SERVICE, body });
};

/** Flows of SKUs that have several cells. */
export const shardFlows: readonly Flow[] = [
  {
    name: 'units are distributed to more cells',
    prepare: (harness) => stockSku(harness, 'tea', 10),
    act: setShards(3),
    check: expectCells('tea', [4, 3, 3]),
  },
  {
    name: 'a receipt is distributed to two cells',
    prepare: (harness) => stockSku(harness, 'tea', 0, { shardCount: 2 }),
    act: async (harness) => {
      await harness.requestOk('POST /stock/tea/receipts', {
        by: STAFF,
        key: 'receipt',
        body: { quantity: 6 },
      });
    },
    check: expectCells('tea', [3, 3]),
  },
  {
    name: 'units are merged into one cell while some are held',
    prepare: async (harness) => {
      await stockThreeCells(harness);
      await reserveSplitLines(harness);
    },
    act: async (harness) => {
      await setShards(1)(harness);
      await harness.world.settle();
      await harness.requestOk('DELETE /reservations/res-1', { by: SERVICE });
    },
    check: expectCells('tea', [10, 0, 0], 1),
  },
  {
    name: 'an adjustment takes more than the first cell contains',
    prepare: stockThreeCells,
    act: async (harness) => {
      await harness.requestOk('POST /stock/tea/adjustments', {
        by: STAFF,
        key: 'broken',
        body: { delta: -9, reason: 'damaged' },
      });
    },
    check: expectStock('tea', { onHand: 1, available: 1 }),
  },
  {
    name: 'a service reserves units of several cells and releases them',
    prepare: stockThreeCells,
    act: async (harness) => {
      await reserveSplitLines(harness);
      await harness.requestOk('DELETE /reservations/res-1', { by: SERVICE });
    },
    check: expectCells('tea', [4, 3, 3]),
  },
  {
    name: 'an order that exceeds one transaction succeeds after a consolidation',
    // 52 units in 52 cells.
    prepare: async (harness) => {
      for (const sku of ['tea', 'cup']) await stockShardedSku(harness, sku, 26, 26);
    },
    act: async (harness) => {
      const lines = ['tea', 'cup'].map((sku) => ({ sku, quantity: 26 }));
      const request = { by: ALICE, key: 'order', body: { lines } };
      const first = await harness.request('POST /orders', request);
      // After an injected fault, the client may retry until the consolidation is complete.
      const isRetried = harness.injectedFaults.length > 0 && first.status === 201;
      if (first.body.code !== 'STOCK_TOO_FRAGMENTED' && !isRetried)
        harness.addViolation(
          `the first attempt returned ${first.status} ${JSON.stringify(first.body)}`,
        );
      await harness.world.settle();
      await harness.requestOk('POST /orders', request);
    },
    allowedOrderStatuses: [['PENDING_PAYMENT']],
    check: expectStock('tea', { onHand: 26, available: 0 }),
  },
  {
    name: 'an order of several locations exceeds one transaction',
    // 52 units of one SKU, in 26 cells at each of two locations.
    prepare: async (harness) => {
      await stockShardedSku(harness, 'tea', 26, 26);
      await stockAt(harness, 'tea', 'annex', 26);
      await harness.world.settle();
    },
    act: async (harness) => {
      const request = { by: ALICE, key: 'order', body: { lines: [{ sku: 'tea', quantity: 52 }] } };
      const first = await harness.request('POST /orders', request);
      // After an injected fault, the client may retry until the consolidation is complete.
      const isRetried = harness.injectedFaults.length > 0 && first.status === 201;
      if (first.body.code !== 'STOCK_TOO_FRAGMENTED' && !isRetried)
        harness.addViolation(
          `the first attempt returned ${first.status} ${JSON.stringify(first.body)}`,
        );
      await harness.world.settle();
      await harness.requestOk('POST /orders', request);
    },
    allowedOrderStatuses: [['PENDING_PAYMENT']],
    check: expectStock('tea', { onHand: 52, available: 0 }),
  },
  {
    name: 'an order of several cells is paid and shipped',
    prepare: async (harness) => {
      await stockThreeCells(harness);
      const request = { by: ALICE, key: 'order', body: { lines: SPLIT_LINES } };
      harness.savedValues.orderId = (
        await harness.requestOk<{ orderId: string }>('POST /orders', request)
      ).orderId;
    },
    act: async (harness) => {
      await payOrder(harness, 'pm_ok');
      await harness.world.settle();
      const { status } = await harness.requestOk<{ status: string }>(`GET ${orderPath(harness)}`, {
        by: ALICE,
      });
      if (status === 'COMPLETED') await shipOrder(harness);
    },
    allowedOrderStatuses: [['FULFILLED'], ['CANCELLED']],
  },
];
