import { describe, expect, inject, test } from 'vitest';
import { levelSweepItem } from '../../lambdas/inventory/adapters/levels/level-records.ts';
import { firstSweep } from '../../lambdas/inventory/domain/stock/level-sweep.ts';
import { deriveId } from '../../lambdas/shared/core/fingerprint.ts';
import {
  addToBalance,
  ageOrder,
  agePayment,
  authorizationKey,
  balanceKey,
  cellPk,
  deleteMovement,
  listFindings,
  locationKey,
  orderKey,
  paymentKey,
  putIntoQueue,
  putItem,
  queryItems,
  readItem,
  reservationKey,
  runReconciliation,
  type Table,
} from '../support/drift.ts';
import { runCli } from '../support/e2e/cli.ts';
import {
  alice,
  call,
  createStockedSku,
  expectStatus,
  newSku,
  placeOrder,
  postPayment,
  staff,
  waitForOrderStatus,
  waitUntil,
} from '../support/e2e/e2e.ts';
import { kindNameOf, RECORD_KINDS } from '../support/records/records.ts';

const DAY_MILLISECONDS = 86_400_000;

type Item = Readonly<Record<string, unknown>>;
type StoredItem = { readonly table: Table; readonly item: Item };
/** Creates records of a kind, and lists the damage to each. Undefined removes the attribute. */
type DamageCase = { readonly create: () => Promise<StoredItem>; readonly damages: readonly Item[] };

const loadItem = async (table: Table, key: { pk: string; sk: string }): Promise<StoredItem> => ({
  table,
  item: await readItem(table, key),
});
const loadFirstItem = async (table: Table, pk: string, sk: string): Promise<StoredItem> => {
  const [item] = await queryItems(table, pk, sk);
  if (item === undefined) throw new Error(`there is no ${pk} ${sk} in ${table}`);
  return { table, item };
};
const createOldOrder = async () => {
  const { orderId } = await placeOrder(await createStockedSku('damaged', 5), 2);
  // A busy machine sometimes returns 503.
  await waitUntil(
    () => postPayment(orderId),
    ({ status }) => status !== 503,
  );
  await waitForOrderStatus(orderId, 'COMPLETED');
  await ageOrder(orderId);
  await agePayment(orderId);
  return orderId;
};
/** Creates a finished run with each kind of record. */
let run = '';

const DAMAGE_CASES: Readonly<Record<string, DamageCase>> = {
  'inventory balance': {
    create: async () => loadItem('inventory', balanceKey(await createStockedSku('damaged', 5))),
    damages: [{ available: 'many' }, { held: undefined }, { committed: 1.5 }, { version: null }],
  },
  'inventory movements': {
    create: async () =>
      loadFirstItem('inventory', cellPk(await createStockedSku('damaged', 5)), 'MOVE#'),
    damages: [
      { movements: 'none' },
      { movements: [{ kind: 'RECEIVED', quantity: -1 }] },
      { type: undefined },
    ],
  },
  'inventory checkpoint': {
    create: async () => ({
      table: 'inventory',
      item: {
        pk: cellPk(await createStockedSku('damaged', 5)),
        sk: 'CHECKPOINT',
        type: 'checkpoint',
      },
    }),
    damages: [{}, { through: 7, throughAt: 'noon', accounts: {}, positions: [] }],
  },
  'inventory reservation': {
    create: async () => loadItem('inventory', reservationKey(await createOldOrder())),
    damages: [{ lines: 'damaged' }, { status: 'SOLD' }, { lines: [{ sku: 'tea', quantity: -2 }] }],
  },
  'inventory operation': {
    create: async () => {
      const { item } = await loadFirstItem(
        'inventory',
        cellPk(await createStockedSku('damaged', 5)),
        'MOVE#',
      );
      const id = String(item.sk).split('#').slice(2).join('#');
      return loadItem('inventory', { pk: `OPERATION#${id}`, sk: 'OPERATION' });
    },
    // DynamoDB itself rejects another type for the key of an index.
    damages: [{ at: -1 }, { entry: { cell: 'none' } }, { operationId: undefined }],
  },
  'inventory stockItem': {
    create: async () => {
      const sku = await createStockedSku('damaged', 5);
      return loadItem('inventory', { pk: `SKU#${sku}`, sk: 'SKU' });
    },
    damages: [{ locations: 'main' }, { peakShardCount: 1e9 }, { correlationId: undefined }],
  },
  'inventory stockLevel': {
    create: async () => {
      const pk = `SKU#${await createStockedSku('damaged', 5)}`;
      // The watcher writes it after the receipt.
      await waitUntil(
        () => queryItems('inventory', pk, 'LEVEL'),
        ({ length }) => length > 0,
      );
      return loadItem('inventory', { pk, sk: 'LEVEL' });
    },
    damages: [{ total: { level: 'some' } }, { locations: [] }, { version: 'last' }],
  },
  'inventory levelSweep': {
    create: async () => ({
      table: 'inventory',
      item: levelSweepItem({ ...firstSweep(Date.now()), dueAt: Date.now() + DAY_MILLISECONDS }),
    }),
    damages: [{ dueAt: 'soon' }, { reason: 'none' }],
  },
  'inventory location': {
    create: async () => {
      const locationId = newSku('place');
      const body = { quantity: 1, locationId, createLocation: true };
      const sku = await createStockedSku('damaged', 5);
      expectStatus(201, await call(`POST /stock/${sku}/receipts`, { token: staff(), body }));
      return loadItem('inventory', locationKey(locationId));
    },
    damages: [{ active: 'yes' }, { priority: -1 }, { externalIds: { erp: 7 } }],
  },
  'orders order': {
    create: async () => loadItem('orders', orderKey(await createOldOrder())),
    damages: [{ lines: 7 }, { status: 'LOST' }, { total: undefined }],
  },
  'orders product': {
    create: async () => {
      const sku = await createStockedSku('damaged', 5);
      return loadItem('orders', { pk: `PRODUCT#${sku}`, sk: 'PRODUCT' });
    },
    damages: [{ unitPrice: { amount: -1, currency: 'EUR' } }, { name: undefined }],
  },
  'orders placement': {
    create: async () => {
      const { orderId } = await placeOrder(await createStockedSku('damaged', 5), 1);
      const { placementId } = await readItem('orders', orderKey(orderId));
      return loadItem('orders', { pk: `PLACEMENT#${placementId}`, sk: 'PLACEMENT' });
    },
    damages: [{ orderId: 7 }, { fingerprint: undefined }],
  },
  'orders customerHolds': {
    create: async () => {
      await placeOrder(await createStockedSku('damaged', 5), 1);
      return loadItem('orders', { pk: `CUSTOMER#${await customerIdOf(alice())}`, sk: 'HOLDS' });
    },
    damages: [{ openUnits: 'many' }],
  },
  'payments payment': {
    create: async () => loadItem('payments', paymentKey(await createOldOrder())),
    damages: [{ status: 'PAID' }, { capturedAmount: '1000' }, { currency: undefined }],
  },
  'provider AUTHORIZATION#': {
    create: async () => loadItem('provider', authorizationKey(await createOldOrder())),
    damages: [{ status: 'lost' }, { amount: undefined }],
  },
  'reconciliation run': { create: async () => loadRunItem('RUN'), damages: [{ checked: 'all' }] },
  'reconciliation segment': {
    create: async () => loadRunItem('SEGMENT#'),
    damages: [{ isDone: 'yes' }],
  },
  'reconciliation runFinding': {
    create: async () => loadRunItem('FINDING#'),
    damages: [{ isRepaired: 'yes' }],
  },
  'reconciliation suspect': {
    create: async () => loadRunItem('SUSPECT#'),
    damages: [{ cell: 'tea' }],
  },
  'reconciliation claim': {
    create: async () => loadRunItem('CLAIM#'),
    damages: [{ findingId: 7 }],
  },
  'reconciliation capUsage': {
    create: async () => loadRunItem('CAP_USAGE#'),
    damages: [{ units: 'many' }],
  },
  'reconciliation finding': {
    create: async () => {
      const [finding] = await listFindings('repaired');
      return loadItem('reconciliation', { pk: `FINDING#${finding?.findingId}`, sk: 'FINDING' });
    },
    damages: [{ timeline: 'none' }],
  },
  'reconciliation count': {
    create: async () => {
      const sku = await createStockedSku('damaged', 5);
      const counted = await call<{ countId: string }>(`POST /stock/${sku}/counts`, {
        token: staff(),
        body: { counted: 5 },
      });
      const { countId } = expectStatus(201, counted).body;
      return loadItem('reconciliation', { pk: `COUNT#${countId}`, sk: 'COUNT' });
    },
    damages: [{ status: 'LOST' }],
  },
};
/** Kinds of records of a provider that this runtime does not use. */
const KINDS_NOT_USED_HERE = ['provider STRIPE#'];

const loadRunItem = (sk: string): Promise<StoredItem> =>
  loadFirstItem('reconciliation', `RUN#${run}`, sk);

/** Returns the subject of a token, from the part between its first two dots. */
async function customerIdOf(token: string): Promise<string> {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    sub: string;
  };
  return claims.sub;
}

const applyDamage = (item: Item, damage: Item): Item =>
  Object.fromEntries(
    Object.entries({ ...item, ...damage }).filter(([, value]) => value !== undefined),
  );

const subjectOf = ({ table, item }: StoredItem): string => {
  const key = `${item.pk} ${item.sk}`;
  const shown = key.startsWith('CUSTOMER#') ? `CUSTOMER#${deriveId(key)} HOLDS` : key;
  return `record:${table}/${shown}`;
};

describe.skipIf(inject('localEndpoints') === undefined)('unreadable records', () => {
  test('have a case for each kind', () => {
    const kinds = RECORD_KINDS.map(kindNameOf).filter(
      (kind) => !KINDS_NOT_USED_HERE.includes(kind),
    );

    expect(Object.keys(DAMAGE_CASES).sort()).toEqual(kinds.sort());
  });

  test('are one finding each; the run completes and finds other drift', async () => {
    const drifted = await createStockedSku('before', 9);
    await addToBalance(drifted, 'available', 3);
    const held = await createStockedSku('before', 9);
    await placeOrder(held, 2);
    await deleteMovement(held, 'RESERVED');
    run = (await runReconciliation()).reconciliationId;
    // All are created before any is damaged: a customer with a damaged record cannot place an
    // order.
    const made: (readonly [StoredItem, Item])[] = [];
    for (const { create, damages } of Object.values(DAMAGE_CASES))
      for (const damage of damages) made.push([await create(), damage]);
    for (const [{ table, item }, damage] of made)
      await putItem(table, { ...applyDamage(item, damage) });
    const places = made.map(([place]) => place);
    const beside = await createStockedSku('beside', 9);
    await addToBalance(beside, 'available', 3);

    const tool = await runCli(['reconcile']);

    expect(tool.stdout).toMatch(/COMPLETED/);
    const open = await listFindings('open');
    const unreadable = open.filter(({ kind }) => kind === 'RECORD_UNREADABLE');
    expect(unreadable.map(({ subject }) => subject).sort()).toEqual(
      [...new Set(places.map(subjectOf))].sort(),
    );
    for (const { explanation, proposedRepair } of unreadable) {
      expect(explanation).toMatch(/cannot be read \(.+\)/);
      expect(proposedRepair).toBeUndefined();
    }
    const repaired = await listFindings('repaired');
    expect(repaired.some(({ subject }) => subject === `cell:${beside}/main/0`)).toBe(true);
    // Records compared with a damaged record have no proposed repair.
    const ids = places.map(({ item }) => String(item.pk).split('#')[1] ?? '');
    const others = open.filter(
      ({ kind }) => kind !== 'RECORD_UNREADABLE' && kind !== 'DEAD_LETTERS',
    );
    expect(
      others.filter(({ subject }) => ids.some((id) => id !== '' && subject.includes(id))),
    ).toEqual([]);

    await expectReadableResponses(places);

    for (const { table, item } of places) {
      if (item.sk === 'CHECKPOINT') await putItem(table, { ...emptyCheckpointOf(item) });
      else await putItem(table, { ...item });
    }
    await runReconciliation();

    const left = (await listFindings('open')).filter(({ kind }) => kind === 'RECORD_UNREADABLE');
    expect(left).toEqual([]);
  });
});

/** Returns an empty checkpoint, so that the next audit reads all movements. */
const emptyCheckpointOf = ({ pk, sk }: Item): Item => ({
  pk,
  sk,
  type: 'checkpoint',
  through: 'MOVE#2020-01-01T00:00:00.000Z#none',
  throughAt: 0,
  accounts: { available: 0, held: {}, committed: 0 },
  positions: [],
});

/** Checks routes, lists and commands while records are damaged. */
async function expectReadableResponses(places: readonly StoredItem[]): Promise<void> {
  const idOf = (prefix: string): string =>
    String(places.find(({ item }) => String(item.pk).startsWith(prefix))?.item.pk).slice(
      prefix.length,
    );
  const orderId = idOf('ORDER#');

  expect(await call(`GET /orders/${orderId}`, { token: alice() })).toMatchObject({
    status: 500,
    body: { code: 'RECORD_UNREADABLE' },
  });
  expect(await call(`GET /stock/${idOf('SKU#')}`, { token: staff() })).toMatchObject({
    status: 500,
    body: { code: 'RECORD_UNREADABLE' },
  });
  for (const [route, token] of [
    ['GET /stock?limit=100', staff()],
    ['GET /locations?limit=100', staff()],
    ['GET /orders?limit=100', alice()],
    ['GET /products?limit=100', alice()],
    ['GET /findings?status=repaired&limit=100', staff()],
    ['GET /reconciliations?limit=100', staff()],
  ] as const) {
    const list = await call<{ items: object[] }>(route, { token });
    expect(expectStatus(200, list).body.items.length, route).toBeGreaterThan(0);
  }

  const reservationId = idOf('RESERVATION#');
  await putIntoQueue('inventory-OrderFulfilledFailed', orderFulfilledMessage(orderId));
  await putIntoQueue('inventory-OrderFulfilledFailed', orderFulfilledMessage(reservationId));
  const explained = await waitUntil(
    () => runCli(['dead-letters', 'explain', 'inventory-OrderFulfilled-Failed']),
    ({ stdout }) => stdout.includes(orderId) && stdout.includes(reservationId),
  );
  expect(explained.stdout).toMatch(/cannot be read/);
}

const orderFulfilledMessage = (orderId: string): string =>
  JSON.stringify({
    source: 'stockbook.orders',
    'detail-type': 'OrderFulfilled',
    detail: {
      eventId: newSku('event'),
      version: 1,
      occurredAt: '2026-11-24T00:00:00.000Z',
      correlationId: 'unreadable-test',
      data: {
        orderId,
        customerId: 'alice',
        lines: [{ sku: 'tea', quantity: 1 }],
        total: { amount: 500, currency: 'EUR' },
      },
    },
  });
