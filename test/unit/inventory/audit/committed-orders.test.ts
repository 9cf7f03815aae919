import { expect, test } from 'vitest';
import { committedOrdersOf } from '../../../../lambdas/inventory/domain/audit/committed-orders.ts';
import { mainCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import type { Reservation } from '../../../../lambdas/inventory/domain/ledger/reservation.ts';
import { aReservation } from '../../../support/inventory.ts';

const TEA = mainCellKey('tea');
const CUP = mainCellKey('cup');
const lines = [
  { ...TEA, quantity: 1 },
  { ...CUP, quantity: 2 },
];

test.each<[string, Partial<Reservation>, readonly string[]]>([
  ['that is committed', { status: 'COMMITTED' }, ['res-1']],
  ['that is held', { status: 'HELD' }, []],
  ['that is a tombstone', { status: 'COMMITTED', lines: [] }, []],
  ['of a service', { status: 'COMMITTED', owner: 'service:000000000000/role/shop' }, []],
])('a reservation %s is listed where it belongs to an order', (_name, over, ids) => {
  const reservations = [aReservation({ lines, ...over })];

  expect(committedOrdersOf(reservations, TEA)).toEqual(ids);
  expect(committedOrdersOf(reservations, CUP)).toEqual([]);
});
