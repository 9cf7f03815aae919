import { describe, expect, test } from 'vitest';
import { cellIdOf, mainCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import {
  type Change,
  EXPIRED_BUCKETS_PER_CHANGE_MAX,
} from '../../../../lambdas/inventory/domain/ledger/change.ts';
import { expireOverdueBuckets } from '../../../../lambdas/inventory/domain/ledger/decision.ts';
import { decideExtend } from '../../../../lambdas/inventory/domain/reservations/extend.ts';
import {
  ATTEMPTS_MAX,
  executeCommand,
  PREPARATIONS_MAX,
} from '../../../../lambdas/inventory/use-cases/execute-command.ts';
import {
  loadReservation,
  loadReservationWithStock,
} from '../../../../lambdas/inventory/use-cases/load-state.ts';
import type { ApplyResult, RecordKeys } from '../../../../lambdas/inventory/use-cases/ports.ts';
import {
  commitReservation,
  releaseReservation,
  shipReservation,
} from '../../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { reserveStock } from '../../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import {
  adjustStock,
  receiveStock,
} from '../../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { RetryLaterError } from '../../../../lambdas/shared/core/errors.ts';
import { err, ok } from '../../../../lambdas/shared/core/result.ts';
import {
  aCell,
  adjustCommand,
  aReservation,
  aStockItem,
  context,
  extendCommand,
  HOLD_BUCKET,
  NOON,
  NOON_BUCKET,
  receiveCommand,
  reserveCommand,
  seconds,
} from '../../../support/inventory.ts';
import { MemoryStockStore } from '../../../support/memory-stock-store.ts';

type Interference = (change: Change) => Promise<ApplyResult | undefined> | ApplyResult | undefined;

/**
 * The book in memory. It records reads, writes and pauses. An interference runs before each write
 * and may replace its result.
 */
class InterferedStore extends MemoryStockStore {
  readonly reads: RecordKeys[] = [];
  readonly applied: Change[] = [];
  readonly pauses: number[] = [];
  readonly #interference: Interference[];
  readonly #beforeReads: (() => unknown)[];

  constructor(
    interference: readonly Interference[] = [],
    beforeReads: readonly (() => unknown)[] = [],
  ) {
    super();
    this.#interference = [...interference];
    this.#beforeReads = [...beforeReads];
  }

  /** Adds `available` units of tea. */
  stocked(available: number): this {
    this.cells.set('tea#main#0', aCell({ available }));
    this.skus.set('tea', aStockItem());
    return this;
  }

  override async read(keys: RecordKeys) {
    await this.#beforeReads.shift()?.();
    this.reads.push(keys);
    return super.read(keys);
  }

  override async apply(change: Change): Promise<ApplyResult> {
    this.applied.push(change);
    return (await this.#interference.shift()?.(change)) ?? super.apply(change);
  }

  override async backoff(attempt?: number): Promise<void> {
    this.pauses.push(attempt ?? 0);
  }

  get tea() {
    return this.cells.get('tea#main#0');
  }
}

const readsOfTea = (store: InterferedStore) => ({
  context: context(),
  read: async () => ({
    ...(await store.read({ cells: [mainCellKey('tea')] })),
    isComplete: true,
  }),
});
const busy: Interference = () => ({ outcome: 'busy' });
const noInterference: Interference = () => undefined;
const times = (count: number, interference: Interference) =>
  Array<Interference>(count).fill(interference);

describe('a change to a busy book', () => {
  test('is attempted again, after a pause before each attempt', async () => {
    const store = new InterferedStore(times(2, busy)).stocked(3);

    const result = await reserveStock(store, reserveCommand());

    expect(result.ok).toBe(true);
    expect(store.applied).toHaveLength(3);
    expect(store.pauses).toEqual([1, 2]);
  });

  test('is based on a new read in each attempt', async () => {
    const store = new InterferedStore([busy]).stocked(3);

    await reserveStock(store, reserveCommand());

    expect(store.reads).toHaveLength(2);
  });

  test.each([
    [ATTEMPTS_MAX - 2, 'written'],
    [ATTEMPTS_MAX - 1, 'written'],
    [ATTEMPTS_MAX, 'given up'],
  ])(
    `is attempted at most ${ATTEMPTS_MAX} times: after %i conflicts it is %s`,
    async (count, outcome) => {
      const store = new InterferedStore(times(count, busy)).stocked(3);

      const request = reserveStock(store, reserveCommand());

      if (outcome === 'written') {
        expect((await request).ok).toBe(true);
      } else {
        await expect(request).rejects.toEqual(
          new RetryLaterError('the book stayed busy during each of 8 attempts'),
        );
        expect(store.tea).toEqual(aCell({ available: 3 }));
        expect(store.applied).toHaveLength(ATTEMPTS_MAX);
      }
    },
  );

  test('that was written although its response was lost is found by its record', async () => {
    const lostResponse: Interference = async (change) => {
      await MemoryStockStore.prototype.apply.call(store, change);
      return { outcome: 'busy' };
    };
    const store: InterferedStore = new InterferedStore([lostResponse]).stocked(3);

    const result = await reserveStock(store, reserveCommand());

    expect(result).toMatchObject({ ok: true, value: { isRepeat: true } });
    expect(store.tea).toMatchObject({ available: 0, held: { [NOON_BUCKET + 600]: 3 } });
  });

  test('that throws is not attempted again: an error is no conflict', async () => {
    const broken: Interference = () => {
      throw new Error('a bug');
    };
    const store = new InterferedStore([broken]).stocked(3);

    await expect(reserveStock(store, reserveCommand())).rejects.toThrow('a bug');

    expect(store.applied).toHaveLength(1);
  });
});

describe('a change whose condition failed', () => {
  test('is decided again on the current book', async () => {
    const buyer: Interference = async () => {
      await reserveStock(store, reserveCommand({ reservationId: 'other' }));
      return undefined;
    };
    const store: InterferedStore = new InterferedStore([buyer, noInterference]).stocked(4);

    const result = await reserveStock(store, reserveCommand());

    expect(result).toEqual(
      err({
        kind: 'insufficientStock',
        shortages: [{ sku: 'tea', requested: 3, available: 1 }],
      }),
    );
  });

  test(`is attempted at most ${ATTEMPTS_MAX} times`, async () => {
    const store = new InterferedStore(times(9, () => ({ outcome: 'conditionFailed' }))).stocked(4);

    await expect(reserveStock(store, reserveCommand())).rejects.toBeInstanceOf(RetryLaterError);

    expect(store.applied).toHaveLength(ATTEMPTS_MAX);
  });

  test('returns the reservation of a concurrent duplicate, without another read of the book', async () => {
    const reservation = aReservation();
    const duplicate: Interference = () => ({ outcome: 'conditionFailed', reservation });
    const store = new InterferedStore([duplicate]).stocked(3);

    const result = await reserveStock(store, reserveCommand());

    expect(result).toEqual(ok({ reservation, isRepeat: true }));
    expect(store.reads).toHaveLength(1);
    expect(store.applied).toHaveLength(1);
  });

  test('returns the receipt of a concurrent duplicate, without another read of the book', async () => {
    const first = await receiveStock(new InterferedStore().stocked(3), receiveCommand());
    const duplicate: Interference = (change) =>
      change.idempotencyRecord?.kind === 'operation'
        ? { outcome: 'conditionFailed', operation: change.idempotencyRecord.operation }
        : undefined;
    const store = new InterferedStore([duplicate]).stocked(3);

    const result = await receiveStock(store, receiveCommand());

    expect(result).toEqual(first);
    expect(store.reads).toHaveLength(1);
  });

  test('is rejected when another request has its id, without another read of the book', async () => {
    const reservation = aReservation({ fingerprint: 'other' });
    const store = new InterferedStore([
      () => ({ outcome: 'conditionFailed', reservation }),
    ]).stocked(3);

    const result = await reserveStock(store, reserveCommand());

    expect(result).toEqual(err({ kind: 'keyReused' }));
    expect(store.reads).toHaveLength(1);
  });

  test('is read again for a step of a reservation, because its cells must match the record', async () => {
    const release: Interference = async () => {
      await releaseReservation(store, { ...context(), reservationId: 'res-1' });
      return undefined;
    };
    const store: InterferedStore = new InterferedStore([noInterference, release]).stocked(3);
    await reserveStock(store, reserveCommand());

    const result = await commitReservation(store, { ...context(), reservationId: 'res-1' });

    expect(result).toMatchObject({
      ok: true,
      value: { status: 'RELEASED', commitFailure: { code: 'RESERVATION_RELEASED' } },
    });
    expect(store.tea).toMatchObject({ available: 3, committed: 0 });
  });
});

describe('a rejection', () => {
  test('without a reservation record is confirmed by a second read of that record only', async () => {
    const store = new InterferedStore().stocked(2);

    const result = await reserveStock(store, reserveCommand());

    expect(result.ok).toBe(false);
    expect(store.reads).toEqual([
      { cells: [mainCellKey('tea')], reservations: ['res-1'], stockItems: ['tea'] },
      { reservations: ['res-1'], stockItems: ['tea'] },
      { cells: [mainCellKey('tea')] },
      { reservations: ['res-1'], stockItems: ['tea'] },
    ]);
  });

  test('becomes a success when a concurrent duplicate took the last units between the two reads', async () => {
    const beforeReads: (() => unknown)[] = [
      () => store.cells.set('tea#main#0', aCell({ available: 0 })),
      () => store.reservations.set('res-1', aReservation()),
    ];
    const store: InterferedStore = new InterferedStore([], beforeReads).stocked(3);

    const result = await reserveStock(store, reserveCommand());

    expect(result).toEqual(ok({ reservation: aReservation(), isRepeat: true }));
    expect(store.applied).toEqual([]);
  });

  test('of an adjustment is confirmed by a second read of its operation record', async () => {
    const store = new InterferedStore().stocked(1);

    await adjustStock(store, adjustCommand());

    expect(store.reads).toEqual([
      { cells: [mainCellKey('tea')], stockItems: ['tea'], operations: ['adjustment-1'] },
      { stockItems: ['tea'], operations: ['adjustment-1'] },
      { cells: [mainCellKey('tea')] },
      { stockItems: ['tea'], operations: ['adjustment-1'] },
    ]);
  });

  test('because of the record itself needs no second read', async () => {
    const store = new InterferedStore().stocked(3);
    store.reservations.set('res-1', aReservation({ fingerprint: 'other' }));

    const result = await reserveStock(store, reserveCommand());

    expect(result).toEqual(err({ kind: 'keyReused' }));
    expect(store.reads).toHaveLength(1);
  });

  test('writes nothing', async () => {
    const store = new InterferedStore().stocked(2);

    await reserveStock(store, reserveCommand());

    expect(store.applied).toEqual([]);
  });
});

describe('a reservation and its cells that contradict each other', () => {
  const LATER = NOON_BUCKET + 900;
  const releasing = { ...context(), reservationId: 'res-1' };
  /**
   * Returns a store whose cell was extended and whose first reads return the reservation before the
   * extension.
   */
  const extended = (reads: number): InterferedStore => {
    const store: InterferedStore = new InterferedStore(
      [],
      Array<() => unknown>(2 * reads).fill(() =>
        store.reservations.set('res-1', aReservation({ heldUntil: HOLD_BUCKET })),
      ),
    );
    store.cells.set('tea#main#0', aCell({ held: { [LATER]: 3 } }));
    return store;
  };
  /** Makes the next read return the extended reservation. */
  const settleAfterPause = (store: InterferedStore): void => {
    const pause = store.backoff.bind(store);
    store.backoff = async (attempt) => {
      await pause(attempt);
      store.reservations.set('res-1', aReservation({ heldUntil: LATER, version: 2 }));
    };
  };

  test('are read again, after a pause', async () => {
    const store = extended(1);
    settleAfterPause(store);

    const released = await releaseReservation(store, releasing);

    expect(released).toMatchObject({ ok: true, value: { status: 'RELEASED', version: 3 } });
    expect(store.reads).toHaveLength(4);
    expect(store.pauses).toEqual([1]);
  });

  test(`are read at most ${ATTEMPTS_MAX} times; then RetryLater is thrown and nothing is written`, async () => {
    const store = extended(ATTEMPTS_MAX);

    const failure = await releaseReservation(store, releasing).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(RetryLaterError);
    expect(failure).toMatchObject({
      message: `after 8 attempts: cell tea/main holds 0 until ${HOLD_BUCKET}, not 3`,
      cause: { name: 'InconsistentState' },
      retryAfterSeconds: 1,
    });
    expect(store.reads).toHaveLength(2 * ATTEMPTS_MAX);
    expect(store.applied).toEqual([]);
  });

  test('are no reason to reject a hold as expired: its record is read again after its cells', async () => {
    const store = new InterferedStore();
    store.cells.set('tea#main#0', aCell({ held: { [LATER]: 3 }, expiredThrough: HOLD_BUCKET }));
    store.reservations.set('res-1', aReservation({ heldUntil: HOLD_BUCKET }));
    const read = store.read.bind(store);
    store.read = async (keys) => {
      const records = await read(keys);
      store.reservations.set('res-1', aReservation({ heldUntil: LATER, version: 2 }));
      return records;
    };

    const result = await executeCommand(store, {
      context: context(),
      record: { reservationId: 'res-1' },
      read: () => loadReservation(store, 'res-1'),
      readAll: () => loadReservationWithStock(store, 'res-1', ['tea']),
      decide: (state) => decideExtend(state, extendCommand({ holdSeconds: 1_200 })),
    });

    expect(result).toMatchObject({
      ok: true,
      value: { heldUntil: NOON_BUCKET + 1_200, version: 3 },
    });
  });

  test('are not read again when a decision throws another error', async () => {
    const store = new InterferedStore();

    await expect(
      executeCommand(store, {
        ...readsOfTea(store),
        decide: () => {
          throw new Error('a bug');
        },
      }),
    ).rejects.toThrow('a bug');
    expect(store.reads).toHaveLength(1);
  });
});

describe('a shipment', () => {
  test('that was made before returns without a write', async () => {
    const store = new InterferedStore();
    store.reservations.set('res-1', aReservation({ status: 'FULFILLED' }));

    const shipped = await shipReservation(store, { ...context(), reservationId: 'res-1' });

    expect(shipped.status).toBe('FULFILLED');
    expect(store.applied).toEqual([]);
  });

  test('of a reservation that is not committed throws, so that a person looks at it', async () => {
    const store = new InterferedStore();
    store.reservations.set('res-1', aReservation());

    await expect(shipReservation(store, { ...context(), reservationId: 'res-1' })).rejects.toThrow(
      'cannot ship res-1: it is HELD',
    );
  });
});

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

test('a command returns only after its change is durable', async () => {
  const order: string[] = [];
  const store = new InterferedStore([
    () => {
      order.push('applied');
      return undefined;
    },
  ]).stocked(3);

  await executeCommand(store, {
    ...readsOfTea(store),
    decide: () => ({
      next: 'commit',
      value: 'done',
      change: { operationId: 'op', at: NOON, correlationId: 'corr', cells: [] },
    }),
  }).then((result) => order.push(result.ok ? result.value : 'rejected'));

  expect(order).toEqual(['applied', 'done']);
});
