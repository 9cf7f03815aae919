import { describe, expect, inject, test } from 'vitest';
import { idFrom } from '../../lambdas/shared/core/fingerprint.ts';
import {
  add,
  ageOrder,
  agePayment,
  authorization,
  balance,
  cell,
  findings,
  loseMovement,
  orderKey,
  payment,
  putIntoQueue,
  read,
  reconciled,
  reservation,
  type Table,
  under,
  write,
} from '../support/drift.ts';
import {
  alice,
  call,
  expectStatus,
  newSku,
  ordered,
  pay,
  staff,
  stocked,
  until,
  untilStatus,
} from '../support/e2e/e2e.ts';
import { runTool } from '../support/e2e/tool.ts';
import { nameOfKind, RECORD_KINDS } from '../support/records.ts';

type Item = Readonly<Record<string, unknown>>;
type Place = { readonly table: Table; readonly item: Item };
/** How records of a kind are made, and what is done to one each; undefined takes the attribute out. */
type Row = { readonly make: () => Promise<Place>; readonly damages: readonly Item[] };

const at = async (table: Table, key: { pk: string; sk: string }): Promise<Place> => ({
  table,
  item: await read(table, key),
});
const firstUnder = async (table: Table, pk: string, sk: string): Promise<Place> => {
  const [item] = await under(table, pk, sk);
  if (item === undefined) throw new Error(`there is no ${pk} ${sk} in ${table}`);
  return { table, item };
};
const finished = async () => {
  const { orderId } = await ordered(await stocked('damaged', 5), 2);
  // A busy machine answers 503 now and then.
  await until(
    () => pay(orderId),
    ({ status }) => status !== 503,
  );
  await untilStatus(orderId, 'COMPLETED');
  await ageOrder(orderId);
  await agePayment(orderId);
  return orderId;
};
/** A run that met everything of which it keeps a record; it is over when its records are damaged. */
let run = '';

const ROWS: Readonly<Record<string, Row>> = {
  'inventory balance': {
    make: async () => at('inventory', balance(await stocked('damaged', 5))),
    damages: [{ available: 'many' }, { held: undefined }, { committed: 1.5 }, { version: null }],
  },
  'inventory movements': {
    make: async () => firstUnder('inventory', cell(await stocked('damaged', 5)), 'MOVE#'),
    damages: [
      { movements: 'none' },
      { movements: [{ kind: 'RECEIVED', quantity: -1 }] },
      { type: undefined },
    ],
  },
  'inventory checkpoint': {
    make: async () => ({
      table: 'inventory',
      item: { pk: cell(await stocked('damaged', 5)), sk: 'CHECKPOINT', type: 'checkpoint' },
    }),
    damages: [{}, { through: 7, throughAt: 'noon', accounts: {}, positions: [] }],
  },
  'inventory reservation': {
    make: async () => at('inventory', reservation(await finished())),
    damages: [{ lines: 'damaged' }, { status: 'SOLD' }, { lines: [{ sku: 'tea', quantity: -2 }] }],
  },
  'inventory operation': {
    make: async () => {
      const { item } = await firstUnder('inventory', cell(await stocked('damaged', 5)), 'MOVE#');
      const id = String(item.sk).split('#').slice(2).join('#');
      return at('inventory', { pk: `OPERATION#${id}`, sk: 'OPERATION' });
    },
    // DynamoDB itself refuses another type of an index's key.
    damages: [{ at: -1 }, { entry: { cell: 'none' } }, { operationId: undefined }],
  },
  'inventory sku': {
    make: async () => {
      const sku = await stocked('damaged', 5);
      return at('inventory', { pk: `SKU#${sku}`, sk: 'SKU' });
    },
    damages: [{ locations: 'main' }, { shardsEver: 1e9 }, { low: undefined }],
  },
  'orders order': {
    make: async () => at('orders', orderKey(await finished())),
    damages: [{ lines: 7 }, { status: 'LOST' }, { total: undefined }],
  },
  'orders product': {
    make: async () => {
      const sku = await stocked('damaged', 5);
      return at('orders', { pk: `PRODUCT#${sku}`, sk: 'PRODUCT' });
    },
    damages: [{ unitPrice: { amount: -1, currency: 'EUR' } }, { name: undefined }],
  },
  'orders placement': {
    make: async () => {
      const { orderId } = await ordered(await stocked('damaged', 5), 1);
      const { placementId } = await read('orders', orderKey(orderId));
      return at('orders', { pk: `PLACEMENT#${placementId}`, sk: 'PLACEMENT' });
    },
    damages: [{ orderId: 7 }, { fingerprint: undefined }],
  },
  'orders customerHolds': {
    make: async () => {
      await ordered(await stocked('damaged', 5), 1);
      return at('orders', { pk: `CUSTOMER#${await customerOf(alice())}`, sk: 'HOLDS' });
    },
    damages: [{ openUnits: 'many' }],
  },
  'payments payment': {
    make: async () => at('payments', payment(await finished())),
    damages: [{ status: 'PAID' }, { capturedAmount: '1000' }, { currency: undefined }],
  },
  'provider AUTHORIZATION#': {
    make: async () => at('provider', authorization(await finished())),
    damages: [{ status: 'lost' }, { amount: undefined }],
  },
  'reconciliation run': { make: async () => ofRun('RUN'), damages: [{ checked: 'all' }] },
  'reconciliation segment': { make: async () => ofRun('SEGMENT#'), damages: [{ isDone: 'yes' }] },
  'reconciliation note': { make: async () => ofRun('NOTE#'), damages: [{ isRepaired: 'yes' }] },
  'reconciliation hint': { make: async () => ofRun('HINT#'), damages: [{ cell: 'tea' }] },
  'reconciliation claim': { make: async () => ofRun('CLAIM#'), damages: [{ findingId: 7 }] },
  'reconciliation spent': { make: async () => ofRun('SPENT#'), damages: [{ units: 'many' }] },
  'reconciliation finding': {
    make: async () => {
      const [finding] = await findings('repaired');
      return at('reconciliation', { pk: `FINDING#${finding?.findingId}`, sk: 'FINDING' });
    },
    damages: [{ timeline: 'none' }],
  },
  'reconciliation count': {
    make: async () => {
      const sku = await stocked('damaged', 5);
      const counted = await call<{ countId: string }>(`POST /stock/${sku}/counts`, {
        token: staff(),
        body: { counted: 5 },
      });
      const { countId } = expectStatus(201, counted).body;
      return at('reconciliation', { pk: `COUNT#${countId}`, sk: 'COUNT' });
    },
    damages: [{ status: 'LOST' }],
  },
};
/** Kinds of records of a provider that this runtime does not use. */
const ELSEWHERE = ['provider STRIPE#'];

const ofRun = (sk: string): Promise<Place> => firstUnder('reconciliation', `RUN#${run}`, sk);

/** The subject of a token: the part between its first two dots has it. */
async function customerOf(token: string): Promise<string> {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    sub: string;
  };
  return claims.sub;
}

const damaged = (item: Item, damage: Item): Item =>
  Object.fromEntries(
    Object.entries({ ...item, ...damage }).filter(([, value]) => value !== undefined),
  );

const subjectOf = ({ table, item }: Place): string => {
  const key = `${item.pk} ${item.sk}`;
  const shown = key.startsWith('CUSTOMER#') ? `CUSTOMER#${idFrom(key)} HOLDS` : key;
  return `record:${table}/${shown}`;
};

describe.skipIf(inject('localEndpoints') === undefined)('records that cannot be read', () => {
  test('of every kind there is a row here', () => {
    const kinds = RECORD_KINDS.map(nameOfKind).filter((kind) => !ELSEWHERE.includes(kind));

    expect(Object.keys(ROWS).sort()).toEqual(kinds.sort());
  });

  test('are findings each, in a run that comes to its end and finds the drift beside them', async () => {
    const drifted = await stocked('before', 9);
    await add(drifted, 'available', 3);
    const held = await stocked('before', 9);
    await ordered(held, 2);
    await loseMovement(held, 'RESERVED');
    run = (await reconciled()).reconciliationId;
    // All are made before any is damaged: a customer whose record is damaged places no order.
    const made: (readonly [Place, Item])[] = [];
    for (const { make, damages } of Object.values(ROWS))
      for (const damage of damages) made.push([await make(), damage]);
    for (const [{ table, item }, damage] of made) await write(table, { ...damaged(item, damage) });
    const places = made.map(([place]) => place);
    const beside = await stocked('beside', 9);
    await add(beside, 'available', 3);

    const tool = await runTool('reconcile', []);

    expect(tool.stdout).toMatch(/COMPLETED/);
    const open = await findings('open');
    const unreadable = open.filter(({ kind }) => kind === 'RECORD_UNREADABLE');
    expect(unreadable.map(({ subject }) => subject).sort()).toEqual(
      [...new Set(places.map(subjectOf))].sort(),
    );
    for (const { explanation, proposedRepair } of unreadable) {
      expect(explanation).toMatch(/cannot be read \(.+\)/);
      expect(proposedRepair).toBeUndefined();
    }
    const repaired = await findings('repaired');
    expect(repaired.some(({ subject }) => subject === `cell:${beside}/main/0`)).toBe(true);
    // Nothing is proposed for what a damaged record is compared with.
    const ids = places.map(({ item }) => String(item.pk).split('#')[1] ?? '');
    const others = open.filter(
      ({ kind }) => kind !== 'RECORD_UNREADABLE' && kind !== 'DEAD_LETTERS',
    );
    expect(
      others.filter(({ subject }) => ids.some((id) => id !== '' && subject.includes(id))),
    ).toEqual([]);

    await asked(places);

    for (const { table, item } of places) {
      if (item.sk === 'CHECKPOINT') await write(table, { ...sound(item) });
      else await write(table, { ...item });
    }
    await reconciled();

    const left = (await findings('open')).filter(({ kind }) => kind === 'RECORD_UNREADABLE');
    expect(left).toEqual([]);
  });
});

/** A checkpoint of nothing: the next audit reads every movement behind it. */
const sound = ({ pk, sk }: Item): Item => ({
  pk,
  sk,
  type: 'checkpoint',
  through: 'MOVE#2020-01-01T00:00:00.000Z#none',
  throughAt: 0,
  accounts: { available: 0, held: {}, committed: 0 },
  positions: [],
});

/** Routes, lists and tools while records are damaged. */
async function asked(places: readonly Place[]): Promise<void> {
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
    ['GET /orders?limit=100', alice()],
    ['GET /products?limit=100', alice()],
    ['GET /findings?status=repaired&limit=100', staff()],
    ['GET /reconciliations?limit=100', staff()],
  ] as const) {
    const list = await call<{ items: object[] }>(route, { token });
    expect(expectStatus(200, list).body.items.length, route).toBeGreaterThan(0);
  }

  const reservationId = idOf('RESERVATION#');
  await putIntoQueue('inventory-OrderFulfilledFailed', fulfilled(orderId));
  await putIntoQueue('inventory-OrderFulfilledFailed', fulfilled(reservationId));
  const explained = await until(
    () => runTool('dlq', ['explain', 'inventory-OrderFulfilled-Failed']),
    ({ stdout }) => stdout.includes(orderId) && stdout.includes(reservationId),
  );
  expect(explained.stdout).toMatch(/cannot be read/);
}

const fulfilled = (orderId: string): string =>
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
