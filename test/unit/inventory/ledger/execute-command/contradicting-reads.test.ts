import { describe, expect, test } from 'vitest';
import { decideExtend } from '../../../../../lambdas/inventory/domain/reservations/extend.ts';
import {
  ATTEMPTS_MAX,
  executeCommand,
} from '../../../../../lambdas/inventory/use-cases/execute-command.ts';
import {
  loadReservation,
  loadReservationWithStock,
} from '../../../../../lambdas/inventory/use-cases/load-state.ts';
import { releaseReservation } from '../../../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { RetryLaterError } from '../../../../../lambdas/shared/core/errors.ts';
import {
  aCell,
  aReservation,
  context,
  extendCommand,
  HOLD_BUCKET,
  NOON_BUCKET,
} from '../../../../support/inventory.ts';
import { InterferedStore, readsOfTea } from './interfered-store.ts';

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

  test.each([1, 2, 3, 4])(
    'do not expire a hold whose old record is last returned by read %i',
    async (last) => {
      const store = new InterferedStore();
      store.cells.set('tea#main#0', aCell({ held: { [LATER]: 3 }, expiredThrough: HOLD_BUCKET }));
      store.reservations.set('res-1', aReservation({ heldUntil: HOLD_BUCKET }));
      const read = store.read.bind(store);
      store.read = async (keys) => {
        const records = await read(keys);
        if (store.reads.length === last)
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
    },
  );

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
