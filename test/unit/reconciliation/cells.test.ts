import { describe, expect, test } from 'vitest';
import type { CellDisagreement } from '../../../lambdas/contracts/api/audit.ts';
import { toCellDetection } from '../../../lambdas/reconciliation/domain/checks/check-cells.ts';
import { checkOrder } from '../../../lambdas/reconciliation/domain/checks/check-orders.ts';
import { findingIdOf } from '../../../lambdas/reconciliation/use-cases/findings/report-finding.ts';
import { NOON } from '../../support/inventory.ts';
import { anOrder, LONG_AGO } from '../../support/reconciliation/reconciliation.ts';

const TEA = { sku: 'tea', locationId: 'main', shard: 0 };
const aMissingMovement = (movementId: string, isCertain: boolean): CellDisagreement => ({
  kind: 'MOVEMENT_MISSING',
  cell: TEA,
  version: 4,
  lost: [
    {
      kind: 'RECEIVED',
      quantity: 3,
      from: { account: 'outside' },
      to: { account: 'available' },
      movementId,
    },
  ],
  isRestorable: true,
  isCertain,
  since: LONG_AGO,
});
const idOf = (found: CellDisagreement): string => findingIdOf(toCellDetection(found, LONG_AGO));

describe('movements that are missing in one cell', () => {
  test('are separate findings when they are uncertain', () => {
    const ids = ['in-1.1', 'in-2.1'].map((movementId) => idOf(aMissingMovement(movementId, false)));

    expect(new Set([...ids, idOf(aMissingMovement('in-1.1', true))]).size).toBe(3);
    expect(idOf(aMissingMovement('in-1.1', false))).toBe(ids[0]);
  });

  test('are repaired without approval only if the balance includes them', () => {
    expect(toCellDetection(aMissingMovement('in-1.1', true), LONG_AGO).repair).toMatchObject({
      isSafe: true,
    });
    expect(toCellDetection(aMissingMovement('in-1.1', false), LONG_AGO).repair).toMatchObject({
      isSafe: false,
    });
  });
});

describe('a reservation whose record is missing', () => {
  const gone: CellDisagreement = {
    kind: 'RECORD_MISSING',
    cell: TEA,
    version: 4,
    record: 'reservation:ord-1',
    movementIds: [],
    quantity: 2,
    since: LONG_AGO,
  };

  test('is restored from its order, each SKU once', () => {
    const lines = [
      { sku: 'tea', quantity: 2 },
      { sku: 'tea', quantity: 1 },
    ];

    expect(toCellDetection(gone, LONG_AGO, anOrder({ lines })).repair).toMatchObject({
      command: {
        action: 'restoreReservation',
        reservationId: 'ord-1',
        version: 0,
        placedAt: LONG_AGO,
        lines: [{ sku: 'tea', quantity: 3 }],
      },
      units: [{ sku: 'tea', units: 3 }],
      isSafe: true,
    });
  });

  test.each([
    ['without an order', undefined],
    ['with the order of another', anOrder({ orderId: 'ord-2' })],
  ])('%s needs approval', (_case, order) => {
    expect(toCellDetection(gone, LONG_AGO, order).repair).toBeUndefined();
  });
});

test('a balance with a missing operation record needs approval', () => {
  const balance = { available: 6, held: {}, committed: 0 };
  const found: CellDisagreement = {
    kind: 'BALANCE_DIFFERS',
    cell: TEA,
    version: 4,
    balance,
    movements: { ...balance, available: 5 },
    doubt: 'OPERATION_RECORD_MISSING',
    isRebuildable: true,
  };

  expect(toCellDetection(found, LONG_AGO)).toMatchObject({
    repair: { isSafe: false },
    explanation: expect.stringContaining('Check that its movement is real before you approve.'),
  });
});

test('an order whose saga is no longer retained needs approval', () => {
  const order = anOrder({
    status: 'CANCELLING',
    since: LONG_AGO,
    saga: { name: 'ord-1-1', execution: 'NOT_RETAINED' },
  });

  expect(checkOrder({ order, reservation: undefined, payment: undefined }, NOON)).toMatchObject([
    { kind: 'SAGA_STUCK', repair: { command: { action: 'resumeOrder' }, isSafe: false } },
  ]);
});
