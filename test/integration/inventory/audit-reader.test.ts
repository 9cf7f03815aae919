import { beforeEach, describe, expect, test } from 'vitest';
import { DynamoAuditReader } from '../../../lambdas/inventory/adapters/dynamo-audit-reader.ts';
import { DynamoStockReader } from '../../../lambdas/inventory/adapters/dynamo-stock-reader.ts';
import { DynamoStockStore } from '../../../lambdas/inventory/adapters/dynamo-stock-store.ts';
import { CHECKPOINT_BATCHES_MIN } from '../../../lambdas/inventory/domain/audit/checkpoint.ts';
import { homeCellKey, mainCellKey } from '../../../lambdas/inventory/domain/ledger/cell.ts';
import { runCellAudit } from '../../../lambdas/inventory/use-cases/audit/audit-cells.ts';
import { postCount, repairCell } from '../../../lambdas/inventory/use-cases/audit/repair-stock.ts';
import { commitReservation } from '../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { reserveStock } from '../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { readCountBasis } from '../../../lambdas/inventory/use-cases/stock/count-basis.ts';
import { explainStock } from '../../../lambdas/inventory/use-cases/stock/explain-stock.ts';
import { receiveStock } from '../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { toIso } from '../../../lambdas/shared/core/instant.ts';
import { createTestTable } from '../../support/dynamodb.ts';
import {
  commitCommand,
  context,
  NOON,
  receiveCommand,
  reserveCommand,
  seconds,
  unwrap,
} from '../../support/inventory.ts';

const HOUR = seconds(3_600);

let store: DynamoStockStore;
let reader: DynamoAuditReader;
let stock: DynamoStockReader;
let reads: string[];

beforeEach(async () => {
  const { tableName, client } = await createTestTable('inventory', [
    { name: 'skus', partitionKey: 'listedSku' },
    { name: 'operations', partitionKey: 'operationCell', sortKey: 'at', sortKeyType: 'N' },
  ]);
  reads = [];
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const result = await next(args);
        const { Count } = result.output as { Count?: number };
        reads.push(`${commandName} ${Count ?? ''}`.trim());
        return result;
      },
    { step: 'initialize', name: 'record' },
  );
  store = new DynamoStockStore(client, tableName);
  stock = new DynamoStockReader(client, { name: tableName, skuIndex: 'skus' });
  reader = new DynamoAuditReader(client, {
    name: tableName,
    skuIndex: 'skus',
    operationIndex: 'operations',
  });
});

const receive = (sku: string, quantity: number, at = NOON, operationId = `${sku}-${at}`) =>
  receiveStock(store, receiveCommand({ ...context({ now: at }), sku, quantity, operationId }));
const auditOf = async (query: Partial<Parameters<typeof runCellAudit>[1]>, now = NOON) =>
  unwrap(await runCellAudit(reader, { segment: 0, segments: 1, ...query }, now, () => now));

describe('a scan of the cells', () => {
  test('reads each cell exactly once, for any number of segments', async () => {
    const skus = Array.from({ length: 120 }, (_, index) => `sku-${index}`);
    await Promise.all(skus.map((sku) => receive(sku, 1)));
    let checked = 0;
    let pages = 0;

    for (const segment of [0, 1, 2]) {
      let cursor: string | undefined;
      do {
        const page = await auditOf({ segment, segments: 3, cursor });
        expect(page.disagreements).toEqual([]);
        checked += page.checked;
        pages += 1;
        cursor = page.cursor;
      } while (cursor !== undefined);
    }

    expect(checked).toBe(120);
    expect(pages).toBeGreaterThan(2);
  });

  test('rejects an invalid cursor', async () => {
    await expect(auditOf({ cursor: 'bogus' })).rejects.toMatchObject({ problem: { status: 400 } });
  });
});

describe('a checkpoint', () => {
  const entries = CHECKPOINT_BATCHES_MIN + 5;
  const receiveMany = async () => {
    for (let index = 0; index < entries; index += 1) await receive('tea', 1, NOON + index * 1_000);
    reads.splice(0);
  };
  const queryCounts = () =>
    reads
      .filter((read) => read.startsWith('QueryCommand'))
      .map((read) => Number(read.split(' ')[1]));

  test('is written after enough old changes, and the next audit reads only later ones', async () => {
    await receiveMany();
    await auditOf({ sku: 'tea' }, NOON + HOUR);
    expect(reads).toContain('PutItemCommand');
    expect(Math.max(...queryCounts())).toBe(entries);
    await receive('tea', 1, NOON + HOUR, 'late');
    reads.splice(0);

    const again = await auditOf({ sku: 'tea' }, NOON + HOUR);

    expect(again.disagreements).toEqual([]);
    // The balance and the checkpoint; the checkpoint's last movement and the new one; one
    // operation.
    expect(queryCounts().sort()).toEqual([1, 2, 2]);
  });

  test('is not used by a full audit', async () => {
    await receiveMany();
    await auditOf({ sku: 'tea' }, NOON + HOUR);
    reads.splice(0);

    await auditOf({ sku: 'tea', full: 'true' }, NOON + HOUR);

    expect(Math.max(...queryCounts())).toBe(entries);
  });

  test('is not written for changes that are too young to be final', async () => {
    await receiveMany();

    await auditOf({ sku: 'tea' }, NOON + seconds(entries));

    expect(reads).not.toContain('PutItemCommand');
  });

  test('is not written for a cell with a disagreement', async () => {
    await receiveMany();
    const cell = mainCellKey('tea');
    await store.apply({
      operationId: 'by-hand',
      at: NOON,
      correlationId: 'x',
      cells: [
        {
          cell,
          isNew: false,
          available: 7,
          committed: 0,
          held: {},
          expiredBuckets: [],
          guard: {},
          movements: [],
        },
      ],
    });
    reads.splice(0);

    const { disagreements } = await auditOf({ sku: 'tea' }, NOON + HOUR);

    expect(disagreements).toMatchObject([{ kind: 'BALANCE_DIFFERS', isRebuildable: true }]);
    expect(reads).not.toContain('PutItemCommand');
  });

  test('is not replaced by an older one', async () => {
    await receive('tea', 5);
    const accounts = { available: 5, held: {}, committed: 0 };
    const later = {
      through: `MOVE#${toIso(NOON + 1)}#b`,
      throughAt: NOON,
      accounts,
      positions: [],
    };
    await reader.saveCheckpoint(mainCellKey('tea'), later, false);

    const earlier = { ...later, through: `MOVE#${toIso(NOON)}#a` };
    await reader.saveCheckpoint(mainCellKey('tea'), earlier, false);

    expect((await reader.readCell(mainCellKey('tea'))).checkpoint).toEqual(later);
  });
});

describe('a difference in a cell that changes between all reads', () => {
  test('is not reported, and the cell is listed as unsettled', async () => {
    await receive('tea', 5);
    const cell = mainCellKey('tea');
    const touch = (available: number) =>
      store.apply({
        operationId: 'by-hand',
        at: NOON,
        correlationId: 'x',
        cells: [
          {
            cell,
            isNew: false,
            available,
            committed: 0,
            held: {},
            expiredBuckets: [],
            guard: {},
            movements: [],
          },
        ],
      });
    await touch(1);
    const changingReader = new Proxy(reader, {
      get: (target, name) =>
        name === 'backoff'
          ? () => touch(1)
          : (...args: unknown[]) => Reflect.apply(Reflect.get(target, name), target, args),
    });

    const result = await runCellAudit(
      changingReader,
      { segment: 0, segments: 1, sku: 'tea' },
      NOON,
      () => NOON,
    );

    expect(result).toMatchObject({
      ok: true,
      value: { disagreements: [], unsettled: [{ sku: 'tea' }] },
    });
  });
});

describe('a repair of a cell', () => {
  const rebuild = {
    findingId: 'fnd-1',
    repair: { action: 'rebuild', accounts: { available: 5, held: {}, committed: 0 } },
  } as const;
  const request = { ...context(), fingerprint: 'print-1', cell: mainCellKey('tea') };

  test('is written once, at its version only, with movements that do not count in the sum', async () => {
    await receive('tea', 5);
    const cell = mainCellKey('tea');
    await store.apply({
      operationId: 'by-hand',
      at: NOON,
      correlationId: 'x',
      cells: [
        {
          cell,
          isNew: false,
          available: 3,
          committed: 1,
          held: {},
          expiredBuckets: [],
          guard: {},
          movements: [],
        },
      ],
    });

    const stale = await repairCell(store, { ...request, ...rebuild, version: 1 });
    const done = await repairCell(store, { ...request, ...rebuild, version: 2 });
    const again = await repairCell(store, { ...request, ...rebuild, version: 2 });

    expect(stale).toEqual({ ok: false, error: { kind: 'versionConflict' } });
    expect(done).toEqual({ ok: true, value: { version: 3 } });
    expect(again).toEqual(done);
    expect((await auditOf({ sku: 'tea' })).disagreements).toEqual([]);
    const { items = [] } = (await stock.listMovements('tea', { limit: 10 })) ?? {};
    expect(items.filter(({ kind }) => kind === 'REBUILT')).toMatchObject([
      { quantity: 1, from: { account: 'committed' }, to: { account: 'outside' } },
      {
        quantity: 3,
        from: { account: 'available' },
        to: { account: 'outside' },
        findingId: 'fnd-1',
      },
    ]);
  });
});

describe('a count', () => {
  const ports = () => ({ store, reader });
  const request = {
    sku: 'tea',
    locationId: 'main',
    counted: 10,
    at: new Date(NOON + seconds(60)).toISOString(),
  };
  const basisOf = (of: typeof request, now: number) =>
    readCountBasis({ ...ports(), clock: () => now }, of, { now, deadline: now + seconds(9) });
  const posting = (overrides: object = {}) => ({
    ...context({ now: NOON + seconds(300) }),
    fingerprint: 'print-1',
    countId: 'cnt-1',
    sku: 'tea',
    locationId: 'main',
    counted: 8,
    countedAt: request.at,
    expected: 10,
    delta: -2,
    ...overrides,
  });

  test('is compared with the units on hand at its time, without later movements', async () => {
    await receive('tea', 10);
    await receive('tea', 5, NOON + seconds(120));

    const basis = unwrap(await basisOf(request, NOON + seconds(300)));

    expect(basis).toMatchObject({
      expected: 10,
      quantities: { onHand: 15, available: 15 },
      lastCount: undefined,
      adjustments: [],
    });
  });

  test('supersedes another count of the same time', async () => {
    await receive('tea', 10);
    unwrap(await postCount(store, posting()));

    const stale = await postCount(store, posting({ countId: 'cnt-2' }));
    const basis = unwrap(await basisOf({ ...request, counted: 8 }, NOON + seconds(400)));

    expect(stale).toEqual({
      ok: false,
      error: { kind: 'superseded', lastCount: { countId: 'cnt-1', countedAt: request.at } },
    });
    expect(basis).toMatchObject({ expected: 8, lastCount: { countId: 'cnt-1' } });
    expect((await auditOf({ sku: 'tea' }, NOON + HOUR)).disagreements).toEqual([]);
  });

  test('is posted once, and without a movement if it agrees', async () => {
    await receive('tea', 10);

    const first = await postCount(store, posting({ counted: 10, delta: 0 }));
    const again = await postCount(store, posting({ counted: 10, delta: 0 }));

    expect(again).toEqual(first);
    const explained = unwrap(
      await explainStock({ store, reader: stock, audit: reader }, { sku: 'tea' }, NOON + HOUR),
    );
    expect(explained.locations[0]?.lastCount).toMatchObject({
      countId: 'cnt-1',
      counted: 10,
      expected: 10,
    });
    expect(explained.movements).toHaveLength(1);
  });

  test('is rejected if it removes more than is available', async () => {
    await receive('tea', 10);
    unwrap(await reserveStock(store, reserveCommand({ lines: [{ sku: 'tea', quantity: 9 }] })));

    const result = await postCount(store, posting());

    expect(result).toMatchObject({
      ok: false,
      error: { kind: 'insufficientStock', shortages: [{ available: 1 }] },
    });
  });

  test('below the committed units lists the unfulfillable orders, newest first', async () => {
    await receive('tea', 10);
    for (const [index, id] of ['old', 'middle', 'new'].entries()) {
      const at = context({ now: NOON + seconds(index) });
      unwrap(
        await reserveStock(
          store,
          reserveCommand({
            ...at,
            reservationId: id,
            orderId: id,
            lines: [{ sku: 'tea', quantity: 3 }],
          }),
        ),
      );
      unwrap(await commitReservation(store, commitCommand({ ...at, reservationId: id })));
    }

    const basis = unwrap(await basisOf({ ...request, counted: 5 }, NOON + seconds(300)));

    expect(basis.unfulfillable.map(({ orderId, committed }) => [orderId, committed])).toEqual([
      ['new', 3],
      ['middle', 3],
    ]);
  });

  test('of an unknown SKU or location is rejected', async () => {
    await receive('tea', 10);

    for (const unknown of [{ sku: 'cup' }, { locationId: 'annex' }]) {
      expect(await basisOf({ ...request, ...unknown }, NOON)).toEqual({
        ok: false,
        error: { kind: 'notFound' },
      });
    }
  });
});

describe('an explanation', () => {
  const explain = async (at?: number) =>
    unwrap(
      await explainStock(
        { store, reader: stock, audit: reader },
        { sku: 'tea', ...(at === undefined ? {} : { at: new Date(at).toISOString() }) },
        NOON + seconds(30),
      ),
    );

  test('lists the owner of each held and committed unit by location', async () => {
    await receive('tea', 10);
    await receiveStock(
      store,
      receiveCommand({ ...context(), operationId: 'annex', locationId: 'annex', quantity: 4 }),
    );
    unwrap(await reserveStock(store, reserveCommand({ reservationId: 'held', orderId: 'held' })));
    unwrap(
      await reserveStock(
        store,
        reserveCommand({
          reservationId: 'sold',
          orderId: 'sold',
          lines: [{ sku: 'tea', quantity: 2, locationId: 'annex' }],
        }),
      ),
    );
    unwrap(await commitReservation(store, commitCommand({ reservationId: 'sold' })));

    const { quantities, locations } = await explain();

    expect(quantities).toEqual({ onHand: 14, available: 9, held: 3, committed: 2 });
    expect(locations).toMatchObject([
      {
        locationId: 'main',
        holds: [{ reservationId: 'held', orderId: 'held', quantity: 3 }],
        commitments: [],
      },
      {
        locationId: 'annex',
        holds: [],
        commitments: [{ reservationId: 'sold', orderId: 'sold', quantity: 2 }],
      },
    ]);
  });

  test('as of a past time includes a hold that has expired since', async () => {
    await receive('tea', 10);
    unwrap(
      await reserveStock(
        store,
        reserveCommand({ ...context({ now: NOON + seconds(10) }), holdSeconds: 60 }),
      ),
    );
    await receive('tea', 7, NOON + seconds(400));

    const [before, then, after] = [
      await explain(NOON + seconds(5)),
      await explain(NOON + seconds(20)),
      await explain(NOON + seconds(500)),
    ];

    expect(before.quantities).toEqual({
      onHand: 10,
      available: 10,
      held: 0,
      committed: 0,
    });
    expect(then.quantities).toEqual({ onHand: 10, available: 7, held: 3, committed: 0 });
    expect(after.quantities).toEqual({ onHand: 17, available: 17, held: 0, committed: 0 });
    expect(then.movements).toHaveLength(2);
  });

  test('of a cell without records is empty', async () => {
    expect(await reader.readCell(homeCellKey('nothing', 'annex'))).toEqual({ unreadable: {} });
  });
});
