import { beforeEach, describe, expect, test } from 'vitest';
import { CHECKPOINT_BATCHES_MIN } from '../../../lambdas/inventory/domain/audit/checkpoint.ts';
import { mainCellKey } from '../../../lambdas/inventory/domain/ledger/cell.ts';
import { runCellAudit } from '../../../lambdas/inventory/use-cases/audit/audit-cells.ts';
import { repairCell } from '../../../lambdas/inventory/use-cases/audit/repair-stock.ts';
import { toIso } from '../../../lambdas/shared/core/instant.ts';
import { context, NOON, seconds } from '../../support/inventory.ts';
import { auditOf, createBook, HOUR, reader, reads, receive, stock, store } from './audit-book.ts';

beforeEach(createBook);

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
