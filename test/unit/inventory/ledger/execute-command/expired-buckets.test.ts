import { describe, expect, test } from 'vitest';
import { cellIdOf, mainCellKey } from '../../../../../lambdas/inventory/domain/ledger/cell.ts';
import { EXPIRED_BUCKETS_PER_CHANGE_MAX } from '../../../../../lambdas/inventory/domain/ledger/change.ts';
import { expireOverdueBuckets } from '../../../../../lambdas/inventory/domain/ledger/decision.ts';
import {
  ATTEMPTS_MAX,
  PREPARATIONS_MAX,
} from '../../../../../lambdas/inventory/use-cases/execute-command.ts';
import { reserveStock } from '../../../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { RetryLaterError } from '../../../../../lambdas/shared/core/errors.ts';
import {
  aCell,
  context,
  NOON,
  NOON_BUCKET,
  reserveCommand,
  seconds,
} from '../../../../support/inventory.ts';
import { MemoryStockStore } from '../../../../support/memory-stock-store.ts';
import { InterferedStore } from './interfered-store.ts';

describe('a cell with more expired buckets than one change can release', () => {
  const bucketAt = (index: number) => NOON_BUCKET + 60 * index;
  const held = (buckets: number) =>
    Object.fromEntries(Array.from({ length: buckets }, (_, index) => [bucketAt(index), 1]));
  const now = NOON + seconds(60 * 10_000);
  const storeWithBuckets = (buckets: number) => {
    const store = new InterferedStore();
    store.cells.set(cellIdOf(mainCellKey('tea')), aCell({ held: held(buckets) }));
    return store;
  };

  test.each([
    [EXPIRED_BUCKETS_PER_CHANGE_MAX - 1, 1],
    [EXPIRED_BUCKETS_PER_CHANGE_MAX, 1],
    [EXPIRED_BUCKETS_PER_CHANGE_MAX + 1, 2],
    [2 * EXPIRED_BUCKETS_PER_CHANGE_MAX, 2],
    [2 * EXPIRED_BUCKETS_PER_CHANGE_MAX + 1, 3],
    [ATTEMPTS_MAX * EXPIRED_BUCKETS_PER_CHANGE_MAX + 1, ATTEMPTS_MAX + 1],
  ])('takes %i buckets in %i changes, of which the last one reserves', async (buckets, changes) => {
    const store = storeWithBuckets(buckets);

    const result = await reserveStock(
      store,
      reserveCommand({ now, lines: [{ sku: 'tea', quantity: buckets }] }),
    );

    expect(result.ok).toBe(true);
    expect(store.applied).toHaveLength(changes);
    expect(store.tea).toMatchObject({ available: 0, expiredThrough: bucketAt(buckets - 1) });
  });

  test('is released in part by one request, and the next one continues', async () => {
    const changes = PREPARATIONS_MAX + ATTEMPTS_MAX;
    const store = storeWithBuckets(changes * EXPIRED_BUCKETS_PER_CHANGE_MAX + 1);

    await expect(reserveStock(store, reserveCommand({ now }))).rejects.toBeInstanceOf(
      RetryLaterError,
    );
    const first = store.applied.length;
    const next = await reserveStock(store, reserveCommand({ now }));

    expect(first).toBe(changes);
    expect(next.ok).toBe(true);
  });

  test('is released from the oldest bucket on, guarded by the version that was read', () => {
    const cell = aCell({ held: held(EXPIRED_BUCKETS_PER_CHANGE_MAX + 1), version: 4 });

    const change = expireOverdueBuckets(cell, context({ now }));

    const [cellChange] = change?.cells ?? [];
    expect(change?.operationId).toBe('expire.tea.main.0.4');
    expect(change?.idempotencyRecord).toBeUndefined();
    expect(cellChange).toMatchObject({
      available: EXPIRED_BUCKETS_PER_CHANGE_MAX,
      guard: { version: 4 },
    });
    expect(cellChange?.expiredBuckets).toEqual(
      Array.from({ length: EXPIRED_BUCKETS_PER_CHANGE_MAX }, (_, index) => bucketAt(index)),
    );
    expect(cellChange?.movements).toHaveLength(EXPIRED_BUCKETS_PER_CHANGE_MAX);
    expect(cellChange?.movements[0]).toEqual({
      movementId: 'expire.tea.main.0.4.1',
      at: now,
      kind: 'EXPIRED',
      quantity: 1,
      from: { account: 'held', bucket: NOON_BUCKET },
      to: { account: 'available' },
      by: 'tester',
    });
  });

  test('releases an empty bucket without a movement', () => {
    const cell = aCell({ held: { ...held(EXPIRED_BUCKETS_PER_CHANGE_MAX + 1), [NOON_BUCKET]: 0 } });

    const [cellChange] = expireOverdueBuckets(cell, context({ now }))?.cells ?? [];

    expect(cellChange?.expiredBuckets).toContain(NOON_BUCKET);
    expect(cellChange?.movements).toHaveLength(EXPIRED_BUCKETS_PER_CHANGE_MAX - 1);
  });

  test.each([
    ['before the last one expires', -1, undefined],
    ['when it expires', 0, EXPIRED_BUCKETS_PER_CHANGE_MAX],
    ['within its grace time', 4, EXPIRED_BUCKETS_PER_CHANGE_MAX],
    ['after its grace time', 5, EXPIRED_BUCKETS_PER_CHANGE_MAX],
  ])(
    'counts buckets within the grace time, and releases only older ones: %s',
    (_case, late, released) => {
      const cell = aCell({ held: held(EXPIRED_BUCKETS_PER_CHANGE_MAX + 1) });
      const last = NOON + seconds(60 * EXPIRED_BUCKETS_PER_CHANGE_MAX);

      const change = expireOverdueBuckets(cell, context({ now: last + seconds(late) }));

      expect(change?.cells[0]?.expiredBuckets.length).toBe(released);
      expect(change?.cells[0]?.expiredBuckets ?? []).not.toContain(
        bucketAt(EXPIRED_BUCKETS_PER_CHANGE_MAX),
      );
    },
  );

  test('that another request releases concurrently is read again', async () => {
    const store = storeWithBuckets(EXPIRED_BUCKETS_PER_CHANGE_MAX + 1);
    const other = expireOverdueBuckets(store.tea ?? aCell(), context({ now }));
    const quicker = new InterferedStore([
      async () => {
        if (other !== undefined) await MemoryStockStore.prototype.apply.call(quicker, other);
        return undefined;
      },
    ]);
    quicker.cells.set('tea#main#0', aCell({ held: held(EXPIRED_BUCKETS_PER_CHANGE_MAX + 1) }));

    const result = await reserveStock(quicker, reserveCommand({ now }));

    expect(result.ok).toBe(true);
    expect(quicker.movements.filter(({ kind }) => kind === 'EXPIRED')).toHaveLength(
      EXPIRED_BUCKETS_PER_CHANGE_MAX + 1,
    );
  });
});
