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
  NOON,
  NOON_BUCKET,
  receiveCommand,
  reserveCommand,
  seconds,
} from '../../../support/inventory.ts';
import { MemoryStockStore } from '../../../support/memory-stock-store.ts';

type Interference = (change: Change) => Promise<ApplyResult | undefined> | ApplyResult | undefined;

/** The book in memory, with a record of what was asked of it, and something that may get in the way of each write. */
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

  /** With `available` units of tea on the shelf. */
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

describe('a book that is busy', () => {
  test('is attempt again, after a pause before each new try', async () => {
    const store = new InterferedStore(times(2, busy)).stocked(3);

    const result = await reserveStock(store, reserveCommand());

    expect(result.ok).toBe(true);
    expect(store.applied).toHaveLength(3);
    expect(store.pauses).toEqual([1, 2]);
  });

  test('is read again before it is attempt again', async () => {
    const store = new InterferedStore([busy]).stocked(3);

    await reserveStock(store, reserveCommand());

    expect(store.reads).toHaveLength(2);
  });

  test.each([
    [ATTEMPTS_MAX - 2, 'written'],
    [ATTEMPTS_MAX - 1, 'written'],
    [ATTEMPTS_MAX, 'given up'],
  ])(`${ATTEMPTS_MAX} times at most: busy %i times, it is %s`, async (count, outcome) => {
    const store = new InterferedStore(times(count, busy)).stocked(3);

    const request = reserveStock(store, reserveCommand());

    if (outcome === 'written') {
      expect((await request).ok).toBe(true);
    } else {
      await expect(request).rejects.toEqual(
        new RetryLaterError('the book stayed busy for 8 tries'),
      );
      expect(store.tea).toEqual(aCell({ available: 3 }));
      expect(store.applied).toHaveLength(ATTEMPTS_MAX);
    }
  });

  test('that was written after all answers by its marker', async () => {
    const lostAnswer: Interference = async (change) => {
      await MemoryStockStore.prototype.apply.call(store, change);
      return { outcome: 'busy' };
    };
    const store: InterferedStore = new InterferedStore([lostAnswer]).stocked(3);

    const result = await reserveStock(store, reserveCommand());

    expect(result).toMatchObject({ ok: true, value: { isRepeat: true } });
    expect(store.tea).toMatchObject({ available: 0, held: { [NOON_BUCKET + 600]: 3 } });
  });

  test('that throws is not attempt again: a error is no conflict', async () => {
    const broken: Interference = () => {
      throw new Error('a bug');
    };
    const store = new InterferedStore([broken]).stocked(3);

    await expect(reserveStock(store, reserveCommand())).rejects.toThrow('a bug');

    expect(store.applied).toHaveLength(1);
  });
});

describe('a write that is refused', () => {
  test('is decided again on the book as it is now', async () => {
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

  test('is attempt 8 times at most', async () => {
    const store = new InterferedStore(times(9, () => ({ outcome: 'conditionFailed' }))).stocked(4);

    await expect(reserveStock(store, reserveCommand())).rejects.toBeInstanceOf(RetryLaterError);

    expect(store.applied).toHaveLength(ATTEMPTS_MAX);
  });

  test("with its twin's marker gets the twin's answer, without reading the book again", async () => {
    const reservation = aReservation();
    const twin: Interference = () => ({ outcome: 'conditionFailed', reservation });
    const store = new InterferedStore([twin]).stocked(3);

    const result = await reserveStock(store, reserveCommand());

    expect(result).toEqual(ok({ reservation, isRepeat: true }));
    expect(store.reads).toHaveLength(1);
    expect(store.applied).toHaveLength(1);
  });

  test("with its twin's mark of a receipt gets the twin's answer too", async () => {
    const first = await receiveStock(new InterferedStore().stocked(3), receiveCommand());
    const twin: Interference = (change) =>
      change.idempotencyRecord?.kind === 'operation'
        ? { outcome: 'conditionFailed', operation: change.idempotencyRecord.operation }
        : undefined;
    const store = new InterferedStore([twin]).stocked(3);

    const result = await receiveStock(store, receiveCommand());

    expect(result).toEqual(first);
    expect(store.reads).toHaveLength(1);
  });

  test('with the marker of another request under its id is refused, without reading the book again', async () => {
    const reservation = aReservation({ fingerprint: 'other' });
    const store = new InterferedStore([
      () => ({ outcome: 'conditionFailed', reservation }),
    ]).stocked(3);

    const result = await reserveStock(store, reserveCommand());

    expect(result).toEqual(err({ kind: 'keyReused' }));
    expect(store.reads).toHaveLength(1);
  });

  test('for a step of a reservation is read again: the cells must be those of the marker', async () => {
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

describe('a error', () => {
  test('where there was no marker is confirmed by reading the marker once more, and only that', async () => {
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

  test("is the twin's answer when the twin took the last units between the two reads", async () => {
    const beforeReads: (() => unknown)[] = [
      () => store.cells.set('tea#main#0', aCell({ available: 0 })),
      () => store.reservations.set('res-1', aReservation()),
    ];
    const store: InterferedStore = new InterferedStore([], beforeReads).stocked(3);

    const result = await reserveStock(store, reserveCommand());

    expect(result).toEqual(ok({ reservation: aReservation(), isRepeat: true }));
    expect(store.applied).toEqual([]);
  });

  test('of an adjustment is confirmed by its mark', async () => {
    const store = new InterferedStore().stocked(1);

    await adjustStock(store, adjustCommand());

    expect(store.reads).toEqual([
      { cells: [mainCellKey('tea')], stockItems: ['tea'], operations: ['adjustment-1'] },
      { stockItems: ['tea'], operations: ['adjustment-1'] },
      { cells: [mainCellKey('tea')] },
      { stockItems: ['tea'], operations: ['adjustment-1'] },
    ]);
  });

  test('that rests on the marker itself needs no second read', async () => {
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
  const SLOT = NOON_BUCKET + 600;
  const LATER = NOON_BUCKET + 900;
  const releasing = { ...context(), reservationId: 'res-1' };
  /** The cell that is read has what an extension left, and the record that is read is older. */
  const extended = (reads: number): InterferedStore => {
    const store: InterferedStore = new InterferedStore(
      [],
      Array<() => unknown>(2 * reads).fill(() =>
        store.reservations.set('res-1', aReservation({ heldUntil: SLOT })),
      ),
    );
    store.cells.set('tea#main#0', aCell({ held: { [LATER]: 3 } }));
    return store;
  };
  /** The extension's record is there from the next read on. */
  const settles = (store: InterferedStore): void => {
    const pause = store.backoff.bind(store);
    store.backoff = async (attempt) => {
      await pause(attempt);
      store.reservations.set('res-1', aReservation({ heldUntil: LATER, version: 2 }));
    };
  };

  test('are read again, after a pause', async () => {
    const store = extended(1);
    settles(store);

    const released = await releaseReservation(store, releasing);

    expect(released).toMatchObject({ ok: true, value: { status: 'RELEASED', version: 3 } });
    expect(store.reads).toHaveLength(4);
    expect(store.pauses).toEqual([1]);
  });

  test(`are read ${ATTEMPTS_MAX} times at most; then the caller is asked to retry, and nothing was written`, async () => {
    const store = extended(ATTEMPTS_MAX);

    const failure = await releaseReservation(store, releasing).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(RetryLaterError);
    expect(failure).toMatchObject({
      message: `after 8 tries: cell tea/main holds 0 until ${SLOT}, not 3`,
      cause: { name: 'InconsistentState' },
      retryAfterSeconds: 1,
    });
    expect(store.reads).toHaveLength(2 * ATTEMPTS_MAX);
    expect(store.applied).toEqual([]);
  });

  test('are not the reason to find a hold expired: its record is read again after its cells', async () => {
    const store = new InterferedStore();
    store.cells.set('tea#main#0', aCell({ held: { [LATER]: 3 }, expiredThrough: SLOT }));
    store.reservations.set('res-1', aReservation({ heldUntil: SLOT }));
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

  test('are a error where a decision throws for another reason', async () => {
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

describe('a step that was done before', () => {
  test('answers without a write', async () => {
    const store = new InterferedStore();
    store.reservations.set('res-1', aReservation({ status: 'FULFILLED' }));

    const shipped = await shipReservation(store, { ...context(), reservationId: 'res-1' });

    expect(shipped.status).toBe('FULFILLED');
    expect(store.applied).toEqual([]);
  });

  test('a shipment of what is not committed is thrown, for a person to look at', async () => {
    const store = new InterferedStore();
    store.reservations.set('res-1', aReservation());

    await expect(shipReservation(store, { ...context(), reservationId: 'res-1' })).rejects.toThrow(
      'cannot ship res-1: it is HELD',
    );
  });
});

describe('a cell with more lapsed slots than one change folds', () => {
  const slot = (index: number) => NOON_BUCKET + 60 * index;
  const held = (slots: number) =>
    Object.fromEntries(Array.from({ length: slots }, (_, index) => [slot(index), 1]));
  const now = NOON + seconds(60 * 10_000);
  const withSlots = (slots: number) => {
    const store = new InterferedStore();
    store.cells.set(cellIdOf(mainCellKey('tea')), aCell({ held: held(slots) }));
    return store;
  };

  test.each([
    [EXPIRED_BUCKETS_PER_CHANGE_MAX - 1, 1],
    [EXPIRED_BUCKETS_PER_CHANGE_MAX, 1],
    [EXPIRED_BUCKETS_PER_CHANGE_MAX + 1, 2],
    [2 * EXPIRED_BUCKETS_PER_CHANGE_MAX, 2],
    [2 * EXPIRED_BUCKETS_PER_CHANGE_MAX + 1, 3],
    [ATTEMPTS_MAX * EXPIRED_BUCKETS_PER_CHANGE_MAX + 1, ATTEMPTS_MAX + 1],
  ])('with %i slots takes %i changes, and the last one reserves', async (slots, changes) => {
    const store = withSlots(slots);

    const result = await reserveStock(
      store,
      reserveCommand({ now, lines: [{ sku: 'tea', quantity: slots }] }),
    );

    expect(result.ok).toBe(true);
    expect(store.applied).toHaveLength(changes);
    expect(store.tea).toMatchObject({ available: 0, expiredThrough: slot(slots - 1) });
  });

  test('is not folded without end by one request: the next one goes on from there', async () => {
    const changes = PREPARATIONS_MAX + ATTEMPTS_MAX;
    const store = withSlots(changes * EXPIRED_BUCKETS_PER_CHANGE_MAX + 1);

    await expect(reserveStock(store, reserveCommand({ now }))).rejects.toBeInstanceOf(
      RetryLaterError,
    );
    const first = store.applied.length;
    const next = await reserveStock(store, reserveCommand({ now }));

    expect(first).toBe(changes);
    expect(next.ok).toBe(true);
  });

  test('is folded from the oldest slot on, under the version that was read', () => {
    const cell = aCell({ held: held(EXPIRED_BUCKETS_PER_CHANGE_MAX + 1), version: 4 });

    const change = expireOverdueBuckets(cell, context({ now }));

    const [fold] = change?.cells ?? [];
    expect(change?.operationId).toBe('expire.tea.main.0.4');
    expect(change?.idempotencyRecord).toBeUndefined();
    expect(fold).toMatchObject({
      available: EXPIRED_BUCKETS_PER_CHANGE_MAX,
      guard: { version: 4 },
    });
    expect(fold?.expiredBuckets).toEqual(
      Array.from({ length: EXPIRED_BUCKETS_PER_CHANGE_MAX }, (_, index) => slot(index)),
    );
    expect(fold?.movements).toHaveLength(EXPIRED_BUCKETS_PER_CHANGE_MAX);
    expect(fold?.movements[0]).toEqual({
      movementId: 'expire.tea.main.0.4.1',
      at: now,
      kind: 'EXPIRED',
      quantity: 1,
      from: { account: 'held', bucket: NOON_BUCKET },
      to: { account: 'available' },
      by: 'tester',
    });
  });

  test('folds an empty slot without a movement', () => {
    const cell = aCell({ held: { ...held(EXPIRED_BUCKETS_PER_CHANGE_MAX + 1), [NOON_BUCKET]: 0 } });

    const [fold] = expireOverdueBuckets(cell, context({ now }))?.cells ?? [];

    expect(fold?.expiredBuckets).toContain(NOON_BUCKET);
    expect(fold?.movements).toHaveLength(EXPIRED_BUCKETS_PER_CHANGE_MAX - 1);
  });

  test.each([
    ['before the last one ends', -1, undefined],
    ['when it ends', 0, EXPIRED_BUCKETS_PER_CHANGE_MAX],
    ['within its grace', 4, EXPIRED_BUCKETS_PER_CHANGE_MAX],
    ['after its grace', 5, EXPIRED_BUCKETS_PER_CHANGE_MAX],
  ])('counts slots within the grace time, and folds older ones only: %s', (_case, late, folds) => {
    const cell = aCell({ held: held(EXPIRED_BUCKETS_PER_CHANGE_MAX + 1) });
    const last = NOON + seconds(60 * EXPIRED_BUCKETS_PER_CHANGE_MAX);

    const change = expireOverdueBuckets(cell, context({ now: last + seconds(late) }));

    expect(change?.cells[0]?.expiredBuckets.length).toBe(folds);
    expect(change?.cells[0]?.expiredBuckets ?? []).not.toContain(
      slot(EXPIRED_BUCKETS_PER_CHANGE_MAX),
    );
  });

  test('that another folds at the same time is read again', async () => {
    const store = withSlots(EXPIRED_BUCKETS_PER_CHANGE_MAX + 1);
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

test('the answer is given once the change is durable', async () => {
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
