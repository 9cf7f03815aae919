import { inBook, inCells, inCounts, inFile, inInfra, inOrders, type Mutant } from '../../mutant.ts';

const owner = inCells('domain/reservations/owner');
const ownerOfCaller = inCells('use-cases/reservations/owner-of-caller');

/** Rules of the owners of reservations. */
export const OWNER_MUTANTS: readonly Mutant[] = [
  owner(
    'a service settles the reservation of another one',
    '  if (reservation !== undefined && ownerOf(reservation) !== owner)\n',
    '  if (reservation !== undefined && ownerOf(reservation) !== owner && false)\n',
  ),
  ownerOfCaller(
    'orders owns the reservation of a service',
    "reservationId.startsWith(ORDER_ID_PREFIX) ? 'order' : serviceOf(callerArn);",
    "'order';",
  ),
  ownerOfCaller(
    'another session of a service is another owner',
    "name.replace(ASSUMED_ROLE, 'role/$1')",
    'name',
  ),
  ownerOfCaller(
    'roles of one name in two accounts are one owner',
    'return `service:${account}/${',
    'return `service:${',
  ),
  inBook('domain/reservations/reservation-step')(
    'a release before its reserve forgets its owner',
    'owner: storedOwnerOf(tombstone.owner)',
    'owner: undefined',
  ),
  inCells('use-cases/reservations/group-commit')(
    'OrderConfirmed for the reservation of a service is lost without an error',
    '  if (!result.ok) throw',
    '  if (!result.ok && false) throw',
  ),
  inCells('use-cases/reservations/commit-for-service')(
    'a commitment of a service succeeds although its units are gone',
    "  if (status === 'COMMITTED' || status === 'FULFILLED' || commitFailure === undefined)",
    '  if (commitFailure !== null)',
  ),
  inFile('lambdas/inventory/adapters/book-items.ts', [['test/integration/owned']])(
    'a service does not find its committed reservations after a crash',
    "reservation.status === 'COMMITTED' && ownerOf(reservation) !== 'order'",
    "reservation.status === 'HELD' && ownerOf(reservation) !== 'order'",
  ),
  inFile('lambdas/inventory/adapters/indexes/dynamo-owned-reservation-reader.ts', [
    ['test/integration/owned'],
  ])(
    'a service reads the reservations of another one',
    "':owner': owner }",
    "':owner': `${owner.slice(0, 26)}role/market` }",
  ),
  inCells('domain/audit/committed-orders')(
    'a reservation of a service is reported as one without an order',
    "        ownerOf(one) === 'order' &&\n",
    '',
  ),
  inCells('use-cases/stock/count-basis')(
    'a count would cancel the reservation of a service as an order',
    '    ...defined({ owner: owners.get(position.reservationId) }),\n',
    '',
  ),
  inCounts('domain/counts/count')(
    'the reservation of a service is among the orders to cancel after a count',
    '    .filter(({ owner }) => owner === undefined)\n',
    '',
  ),
  inOrders('use-cases/saga/saga-steps')(
    'the stock outcome of a service changes the order that it names',
    '  if (orderId === undefined || owner !== undefined) return;',
    '  if (orderId === undefined) return;',
  ),
  inInfra('stacks/orders-stack', ['test/infra/security/permissions'])(
    'orders may change the reservations of every service',
    "      calledIds: { reservationId: 'ord_*' },\n",
    '',
  ),
];
