import { type Flow, SERVICE, STAFF } from './stage.ts';
import { bothStocked, LINES, MINUTE, reserved, stocked, stockIs } from './steps.ts';

export const inventoryFlows: readonly Flow[] = [
  {
    name: 'a new sku',
    act: async (stage) => {
      await stage.do('PUT /stock/tea', { by: STAFF, body: { name: 'tea', lowStockThreshold: 3 } });
      await stage.do('PUT /stock/tea', {
        by: STAFF,
        body: { name: 'green tea', lowStockThreshold: 4 },
      });
    },
    check: stockIs('tea', { onHand: 0, available: 0 }),
  },
  {
    name: 'goods in',
    prepare: (stage) => stocked(stage, 'tea', 0),
    act: async (stage) => {
      await stage.do('POST /stock/tea/receipts', {
        by: STAFF,
        key: 'receipt',
        body: { quantity: 7, reference: 'po-1' },
      });
    },
    check: stockIs('tea', { onHand: 7, available: 7 }),
  },
  {
    name: 'an adjustment',
    prepare: (stage) => stocked(stage, 'tea', 10),
    act: async (stage) => {
      await stage.do('POST /stock/tea/adjustments', {
        by: STAFF,
        key: 'broken',
        body: { delta: -3, reason: 'damaged' },
      });
    },
    check: stockIs('tea', { onHand: 7, available: 7 }),
  },
  {
    name: 'a hold',
    prepare: bothStocked,
    act: async (stage) => {
      await stage.do('PUT /reservations/res-1', {
        by: SERVICE,
        body: { lines: LINES, holdSeconds: 600 },
      });
    },
    check: stockIs('tea', { onHand: 10, available: 8 }),
  },
  {
    name: 'the last units held, though another wants them too',
    prepare: (stage) => stocked(stage, 'tea', 2),
    act: async (stage) => {
      const lines = [{ sku: 'tea', quantity: 2 }];
      await stage.do('PUT /reservations/res-1', { by: SERVICE, body: { lines, holdSeconds: 600 } });
      const other = await stage.ask('PUT /reservations/res-2', {
        by: SERVICE,
        body: { lines, holdSeconds: 600 },
      });
      if (other.status !== 409) stage.complain(`the other was answered ${other.status}`);
    },
    check: stockIs('tea', { onHand: 2, available: 0 }),
  },
  {
    name: 'a hold that folds what lapsed',
    prepare: async (stage) => {
      await reserved(stage);
      await stage.world.time.wait(12 * MINUTE);
    },
    act: async (stage) => {
      const lines = [{ sku: 'tea', quantity: 10 }];
      await stage.do('PUT /reservations/res-2', { by: SERVICE, body: { lines, holdSeconds: 600 } });
    },
    check: stockIs('tea', { onHand: 10, available: 0 }),
  },
  {
    name: 'a hold extended',
    prepare: reserved,
    act: async (stage) => {
      await stage.do('POST /reservations/res-1/extension', {
        by: SERVICE,
        key: 'longer',
        body: { holdSeconds: 900 },
      });
    },
    check: stockIs('tea', { onHand: 10, available: 8 }),
  },
  {
    name: 'a lapsed hold taken up again',
    prepare: async (stage) => {
      await reserved(stage);
      await stage.world.time.wait(12 * MINUTE);
    },
    act: async (stage) => {
      await stage.do('POST /reservations/res-1/extension', {
        by: SERVICE,
        key: 'longer',
        body: { holdSeconds: 900 },
      });
    },
    check: stockIs('tea', { onHand: 10, available: 8 }),
  },
  {
    name: 'a hold released',
    prepare: reserved,
    act: async (stage) => {
      await stage.do('DELETE /reservations/res-1', { by: SERVICE });
    },
    check: stockIs('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'stock that falls low, and is filled up',
    prepare: (stage) => stocked(stage, 'tea', 5, { lowStockThreshold: 4 }),
    act: async (stage) => {
      await stage.do('POST /stock/tea/adjustments', {
        by: STAFF,
        key: 'lost',
        body: { delta: -3, reason: 'shrinkage' },
      });
      await stage.world.settle();
      await stage.do('POST /stock/tea/receipts', { by: STAFF, key: 'more', body: { quantity: 7 } });
    },
    check: stockIs('tea', { onHand: 9, available: 9 }),
  },
  {
    name: 'what people read of stock',
    prepare: reserved,
    act: async (stage) => {
      for (const route of [
        '/stock',
        '/stock?limit=1',
        '/stock/tea',
        '/stock/tea/movements?limit=1',
        '/stock/tea/explanation',
      ])
        await stage.do(`GET ${route}`, { by: STAFF });
      await stage.do('GET /reservations/res-1', { by: SERVICE });
      await stage.do('GET /health', { by: STAFF });
    },
  },
];
