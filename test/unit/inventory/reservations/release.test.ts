import { describe, expect, test } from 'vitest';
import { mainCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { reject } from '../../../../lambdas/inventory/domain/ledger/decision.ts';
import { AVAILABLE } from '../../../../lambdas/inventory/domain/ledger/movement.ts';
import { decideRelease } from '../../../../lambdas/inventory/domain/reservations/release.ts';
import {
  aCell,
  aCellChange,
  aMovement,
  aReservation,
  changeOf,
  context,
  HOLD_BUCKET,
  NOON,
  seconds,
  stateWith,
} from '../../../support/inventory.ts';

const releaseCommand = { ...context(), reservationId: 'res-1' };

describe('a release', () => {
  test('of held units moves them from their bucket to available', () => {
    const reservation = aReservation();
    const cell = aCell({ held: { [HOLD_BUCKET]: 5 } });

    const decision = decideRelease(stateWith([cell], { reservation }), releaseCommand);

    const after = { ...reservation, status: 'RELEASED', version: 2, correlationId: 'corr-1' };
    expect(decision).toEqual({
      next: 'commit',
      value: after,
      change: {
        operationId: 'res-1.release',
        at: NOON,
        correlationId: 'corr-1',
        idempotencyRecord: { kind: 'reservation', after, expectedVersion: 1 },
        cells: [
          aCellChange({
            available: 3,
            held: { [HOLD_BUCKET]: -3 },
            guard: { expiredThroughBelow: HOLD_BUCKET, heldMin: { [HOLD_BUCKET]: 3 } },
            movements: [
              aMovement({
                movementId: 'res-1.release.1',
                kind: 'RELEASED',
                from: { account: 'held', bucket: HOLD_BUCKET },
                to: AVAILABLE,
                reservationId: 'res-1',
                orderId: 'res-1',
              }),
            ],
          }),
        ],
      },
    });
  });

  test('of committed units moves them from committed to available', () => {
    const reservation = aReservation({ status: 'COMMITTED' });

    const change = changeOf(
      decideRelease(stateWith([aCell({ committed: 3 })], { reservation }), releaseCommand),
    );

    expect(change.cells).toEqual([
      aCellChange({
        available: 3,
        committed: -3,
        guard: { committedMin: 3 },
        movements: [
          aMovement({
            movementId: 'res-1.release.1',
            kind: 'RELEASED',
            from: { account: 'committed' },
            to: AVAILABLE,
            reservationId: 'res-1',
            orderId: 'res-1',
          }),
        ],
      }),
    ]);
  });

  test.each([
    ['below the bucket takes them out of it', HOLD_BUCKET - 1, 1],
    ['at the bucket moves nothing', HOLD_BUCKET, 0],
    ['past the bucket moves nothing', HOLD_BUCKET + 1, 0],
  ])('of held units with the watermark %s', (_case, expiredThrough, cells) => {
    const cell = aCell({
      available: 3,
      held: { [HOLD_BUCKET]: expiredThrough < HOLD_BUCKET ? 3 : 0 },
      expiredThrough,
    });

    const change = changeOf(
      decideRelease(stateWith([cell], { reservation: aReservation() }), releaseCommand),
    );

    expect(change.cells).toHaveLength(cells);
    expect(change.idempotencyRecord).toMatchObject({ after: { status: 'RELEASED' } });
  });

  test('of an expired hold takes its units out of the bucket while that is not released', () => {
    const command = { ...releaseCommand, now: NOON + seconds(3600) };
    const cell = aCell({ held: { [HOLD_BUCKET]: 3 } });

    const change = changeOf(
      decideRelease(stateWith([cell], { reservation: aReservation() }), command),
    );

    expect(change.cells[0]).toMatchObject({
      available: 3,
      held: { [HOLD_BUCKET]: -3 },
      expiredBuckets: [],
    });
  });

  test('takes each line from its own account', () => {
    const lines = [
      { ...mainCellKey('tea'), quantity: 1 },
      { ...mainCellKey('cup'), quantity: 2 },
    ];
    const cells = [
      aCell({ expiredThrough: HOLD_BUCKET }),
      aCell({ sku: 'cup', held: { [HOLD_BUCKET]: 2 } }),
    ];

    const change = changeOf(
      decideRelease(stateWith(cells, { reservation: aReservation({ lines }) }), releaseCommand),
    );

    expect(change.cells.map(({ cell, available }) => [cell.sku, available])).toEqual([['cup', 2]]);
  });

  test('before its reserve writes a tombstone without lines or fingerprint, and moves nothing', () => {
    const decision = decideRelease(stateWith([]), releaseCommand);

    const tombstone = {
      reservationId: 'res-1',
      status: 'RELEASED',
      lines: [],
      extensions: [],
      version: 1,
      createdAt: '2026-01-01T12:00:00.000Z',
      updatedAt: '2026-01-01T12:00:00.000Z',
      correlationId: 'corr-1',
    };
    expect(decision).toEqual({
      next: 'commit',
      value: tombstone,
      change: {
        operationId: 'res-1.tombstone',
        at: NOON,
        correlationId: 'corr-1',
        idempotencyRecord: { kind: 'reservation', after: tombstone, expectedVersion: undefined },
        cells: [],
      },
    });
  });

  test.each(['RELEASED', 'EXPIRED'] as const)(
    'of a reservation that is %s changes nothing',
    (status) => {
      const reservation = aReservation({ status });

      const decision = decideRelease(stateWith([], { reservation }), releaseCommand);

      expect(decision).toEqual({ next: 'replay', value: reservation });
    },
  );

  test('of a shipped reservation is rejected', () => {
    const reservation = aReservation({ status: 'FULFILLED' });

    const decision = decideRelease(stateWith([], { reservation }), releaseCommand);

    expect(decision).toMatchObject(reject({ kind: 'alreadyFulfilled' }));
  });

  test('throws when the cell holds fewer units than the reservation', () => {
    const state = stateWith([aCell({ held: { [HOLD_BUCKET]: 2 } })], {
      reservation: aReservation(),
    });

    expect(() => decideRelease(state, releaseCommand)).toThrow(
      `cell tea/main holds 2 until ${HOLD_BUCKET}, not 3`,
    );
  });

  test('throws when a cell of the reservation is missing', () => {
    const state = stateWith([], { reservation: aReservation() });

    expect(() => decideRelease(state, releaseCommand)).toThrow(
      'cell tea#main#0 of a reservation is missing',
    );
  });
});
