import { describe, expect, test } from 'vitest';
import { mainCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { reject } from '../../../../lambdas/inventory/domain/ledger/decision.ts';
import { decideShip } from '../../../../lambdas/inventory/domain/reservations/ship.ts';
import {
  aCell,
  aCellChange,
  aMovement,
  aReservation,
  changeOf,
  context,
  NOON,
  stateWith,
} from '../../../support/inventory.ts';

const shipCommand = { ...context(), reservationId: 'res-1' };

describe('a shipment', () => {
  test('takes committed units off the shelf', () => {
    const reservation = aReservation({ status: 'COMMITTED', version: 2 });

    const decision = decideShip(stateWith([aCell({ committed: 5 })], { reservation }), shipCommand);

    const after = {
      ...reservation,
      status: 'FULFILLED',
      lines: [{ ...mainCellKey('tea'), quantity: 3, shipped: 3 }],
      version: 3,
      correlationId: 'corr-1',
    };
    expect(decision).toEqual({
      next: 'commit',
      value: after,
      change: {
        operationId: 'res-1.ship',
        at: NOON,
        correlationId: 'corr-1',
        idempotencyRecord: { kind: 'reservation', after, expectedVersion: 2 },
        cells: [
          aCellChange({
            committed: -3,
            guard: { committedMin: 3 },
            movements: [
              aMovement({
                movementId: 'res-1.ship.1',
                kind: 'SHIPPED',
                from: { account: 'committed' },
                to: { account: 'outside' },
                reservationId: 'res-1',
                orderId: 'res-1',
              }),
            ],
          }),
        ],
      },
    });
  });

  test('moves every line', () => {
    const lines = [
      { ...mainCellKey('tea'), quantity: 1 },
      { ...mainCellKey('cup'), quantity: 2 },
    ];
    const cells = [aCell({ committed: 1 }), aCell({ sku: 'cup', committed: 2 })];
    const reservation = aReservation({ status: 'COMMITTED', lines });

    const change = changeOf(decideShip(stateWith(cells, { reservation }), shipCommand));

    expect(change.cells.map(({ cell, committed }) => [cell.sku, committed])).toEqual([
      ['tea', -1],
      ['cup', -2],
    ]);
  });

  test('changes nothing when it is repeated', () => {
    const reservation = aReservation({ status: 'FULFILLED' });

    expect(decideShip(stateWith([], { reservation }), shipCommand)).toEqual({
      next: 'replay',
      value: reservation,
    });
  });

  test.each(['HELD', 'RELEASED', 'EXPIRED'] as const)(
    'of a reservation that is %s is rejected',
    (status) => {
      const reservation = aReservation({ status });

      const decision = decideShip(stateWith([aCell()], { reservation }), shipCommand);

      expect(decision).toMatchObject(reject({ kind: 'notCommitted', status }));
    },
  );

  test('of an unknown reservation is rejected', () => {
    expect(decideShip(stateWith([]), shipCommand)).toMatchObject(
      reject({ kind: 'notCommitted', status: 'UNKNOWN' }),
    );
  });

  test('throws when the cell has fewer committed units than the reservation', () => {
    const reservation = aReservation({ status: 'COMMITTED' });

    expect(() =>
      decideShip(stateWith([aCell({ committed: 2 })], { reservation }), shipCommand),
    ).toThrow('cell tea/main has 2 committed, not 3');
  });
});
