import { ALICE, type Flow, SERVICE, STAFF } from './stage.ts';
import { cellsAre, path, pay, spread, stocked, stockIs } from './steps.ts';

/** More than any of the cells has. */
const GATHERED = [{ sku: 'tea', quantity: 7 }];

/** Ten units of tea in three cells: 4, 3 and 3. */
const inThreeCells: Flow['prepare'] = (stage) => spread(stage, 'tea', 10, 3);
const setShards =
  (shardCount: number): Flow['act'] =>
  async (stage) => {
    await stage.do('PUT /stock/tea', { by: STAFF, body: { name: 'tea', shardCount } });
  };
const held: Flow['act'] = async (stage) => {
  const body = { lines: GATHERED, holdSeconds: 600 };
  await stage.do('PUT /reservations/res-1', { by: SERVICE, body });
};

export const shardFlows: readonly Flow[] = [
  {
    name: 'a sku spread over more cells',
    prepare: (stage) => stocked(stage, 'tea', 10),
    act: setShards(3),
    check: cellsAre('tea', [4, 3, 3]),
  },
  {
    name: 'goods that come in for a sku of several cells',
    prepare: (stage) => stocked(stage, 'tea', 0, { shardCount: 2 }),
    act: async (stage) => {
      await stage.do('POST /stock/tea/receipts', {
        by: STAFF,
        key: 'receipt',
        body: { quantity: 6 },
      });
    },
    check: cellsAre('tea', [3, 3]),
  },
  {
    name: 'a sku that is brought together again while some of it is held',
    prepare: async (stage) => {
      await inThreeCells(stage);
      await held(stage);
    },
    act: async (stage) => {
      await setShards(1)(stage);
      await stage.world.settle();
      await stage.do('DELETE /reservations/res-1', { by: SERVICE });
    },
    check: cellsAre('tea', [10, 0, 0], 1),
  },
  {
    name: 'an adjustment of more than the first cell has',
    prepare: inThreeCells,
    act: async (stage) => {
      await stage.do('POST /stock/tea/adjustments', {
        by: STAFF,
        key: 'broken',
        body: { delta: -9, reason: 'damaged' },
      });
    },
    check: stockIs('tea', { onHand: 1, available: 1 }),
  },
  {
    name: 'a hold gathered from several cells, and released',
    prepare: inThreeCells,
    act: async (stage) => {
      await held(stage);
      await stage.do('DELETE /reservations/res-1', { by: SERVICE });
    },
    check: cellsAre('tea', [4, 3, 3]),
  },
  {
    name: 'an order of more parts than one change takes, and its retry',
    // 52 units in 52 cells.
    prepare: async (stage) => {
      for (const sku of ['tea', 'cup']) await spread(stage, sku, 26, 26);
    },
    act: async (stage) => {
      const lines = ['tea', 'cup'].map((sku) => ({ sku, quantity: 26 }));
      const asked = { by: ALICE, key: 'order', body: { lines } };
      const first = await stage.ask('POST /orders', asked);
      if (first.body.code !== 'TOO_MANY_PARTS')
        stage.complain(`the first try was answered ${first.status} ${JSON.stringify(first.body)}`);
      await stage.world.settle();
      await stage.do('POST /orders', asked);
    },
    ends: [['PENDING_PAYMENT']],
    check: stockIs('tea', { onHand: 26, available: 0 }),
  },
  {
    name: 'an order gathered from several cells, paid and shipped',
    prepare: async (stage) => {
      await inThreeCells(stage);
      const asked = { by: ALICE, key: 'order', body: { lines: GATHERED } };
      stage.noted.orderId = (await stage.do<{ orderId: string }>('POST /orders', asked)).orderId;
    },
    act: async (stage) => {
      await pay(stage, 'pm_ok');
      await stage.world.settle();
      const { status } = await stage.do<{ status: string }>(`GET ${path(stage)}`, { by: ALICE });
      if (status === 'COMPLETED')
        await stage.do(`POST ${path(stage)}/fulfilment`, { by: STAFF, key: 'ship', body: {} });
    },
    ends: [['FULFILLED'], ['CANCELLED']],
  },
];
