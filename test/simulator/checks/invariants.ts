import type { Cell } from '../../../lambdas/inventory/domain/ledger/cell.ts';
import { cellIdOf, quantitiesAt } from '../../../lambdas/inventory/domain/ledger/cell.ts';
import type { Movement } from '../../../lambdas/inventory/domain/ledger/movement.ts';
import {
  type Reservation,
  statusAt,
} from '../../../lambdas/inventory/domain/ledger/reservation.ts';
import { allocationsOf, type Order } from '../../../lambdas/orders/domain/order.ts';
import type { Payment } from '../../../lambdas/payments/domain/payment.ts';
import type { World } from '../world.ts';
import { checkCells, checkParts } from './cell-checker.ts';

type Item = Readonly<Record<string, unknown>>;
type ProviderRecord = {
  readonly status: string;
  readonly amount: number;
  readonly nextStatus?: { readonly at: number; readonly status: string };
  readonly refunds?: readonly {
    readonly amount: number;
    readonly status: string;
    readonly nextStatus?: { readonly at: number; readonly status: string };
  }[];
};

/** The records of all contexts, as in their tables. */
export type SystemState = {
  readonly cells: readonly {
    readonly id: string;
    readonly cell: Cell;
    readonly movements: readonly Movement[];
  }[];
  /** The cell and the operation of each movement item. */
  readonly cellOperations: readonly string[];
  readonly reservations: ReadonlyMap<string, Reservation>;
  /** Number of open shards by SKU. Cells with a higher shard are closed. */
  readonly openShards: ReadonlyMap<string, number>;
  readonly orders: readonly Order[];
  readonly payments: readonly Payment[];
  /** By `<orderId>-<attempt>`. */
  readonly providerRecords: ReadonlyMap<string, ProviderRecord>;
};

const itemsOfType = (items: readonly Item[], type: string) =>
  items.filter((item) => item.type === type);

/** Returns the inventory's part of the state from the items of its table. */
export function toInventoryState(
  items: readonly Item[],
): Pick<SystemState, 'cells' | 'cellOperations' | 'reservations' | 'openShards'> {
  const movementItems = itemsOfType(items, 'movements');
  const movementsOf = new Map<string, Movement[]>();
  for (const item of movementItems) {
    const id = String(item.pk).replace('CELL#', '');
    const known = movementsOf.get(id) ?? [];
    movementsOf.set(id, known);
    known.push(...(item.movements as Movement[]));
  }
  return {
    cells: itemsOfType(items, 'balance').map((item) => {
      const cell = item as unknown as Cell;
      return { id: cellIdOf(cell), cell, movements: movementsOf.get(cellIdOf(cell)) ?? [] };
    }),
    cellOperations: movementItems.map(
      ({ pk, sk }) => `${pk} ${String(sk).split('#').slice(2).join('#')}`,
    ),
    reservations: new Map(
      itemsOfType(items, 'reservation').map((item) => [
        String(item.reservationId),
        item as unknown as Reservation,
      ]),
    ),
    openShards: new Map(
      itemsOfType(items, 'stockItem').map(({ sku, openShardCount }) => [
        String(sku),
        Number(openShardCount),
      ]),
    ),
  };
}

export function readSystemState(world: World): SystemState {
  return {
    ...toInventoryState(world.tableItems('Book')),
    orders: itemsOfType(world.tableItems('Orders'), 'order') as unknown as readonly Order[],
    payments: itemsOfType(world.tableItems('Payments'), 'payment') as unknown as readonly Payment[],
    providerRecords: new Map(
      world
        .tableItems('Provider')
        .map((item) => [
          String(item.pk).replace('AUTHORIZATION#', ''),
          item as unknown as ProviderRecord,
        ]),
    ),
  };
}

/**
 * Returns the violations of I1 to I6 in settled books, one line each; empty for correct ones. `now`
 * is in epoch milliseconds. An order in progress is a violation too, because every saga has ended
 * when no work is in progress.
 */
export function checkInvariants(state: SystemState, now: number): string[] {
  return [
    ...checkCells({ cells: state.cells, reservations: [...state.reservations.values()] }),
    ...checkParts(state.reservations.values()),
    ...checkClosedCells(state),
    ...findDuplicates(state.cellOperations).map((operation) => `I3 written twice: ${operation}`),
    ...state.orders.flatMap((order) => checkOrder(order, state, now)),
    ...state.payments.flatMap(({ orderId, attempt, capturedAmount, refundedAmount }) =>
      refundedAmount > capturedAmount
        ? [`I6 ${orderId}-${attempt}: refunded ${refundedAmount} of ${capturedAmount} captured`]
        : [],
    ),
  ];
}

/** I1: a closed cell contains no units, because no command would find them. */
const checkClosedCells = ({ cells, openShards }: SystemState): string[] =>
  cells
    .filter(
      ({ cell }) =>
        cell.shard >= (openShards.get(cell.sku) ?? 0) && quantitiesAt(cell, 0).onHand !== 0,
    )
    .map(
      ({ id, cell }) =>
        `I1 ${id}: the cell is closed, but contains ${quantitiesAt(cell, 0).onHand} units`,
    );

/** Returns the operations that occur more than once. */
function findDuplicates(cellOperations: readonly string[]): string[] {
  const seen = new Set<string>();
  return cellOperations.filter((operation) => {
    if (seen.has(operation)) return true;
    seen.add(operation);
    return false;
  });
}

const STOCK_TAKEN_STATUSES = ['COMMITTED', 'FULFILLED'];

/** Returns the part of a capture that is not refunded. A pending refund counts as refunded. */
const capturedAmountAt = ({ amount, refunds = [] }: ProviderRecord, now: number): number =>
  refunds.reduce((kept, { amount: refunded, status, nextStatus }) => {
    const isFailed =
      (nextStatus !== undefined && nextStatus.at <= now ? nextStatus.status : status) === 'FAILED';
    return isFailed ? kept : kept - refunded;
  }, amount);

const allocationsIn = ({ lines }: Order) =>
  lines.flatMap((line) =>
    allocationsOf(line).map((allocation) => ({ sku: line.sku, ...allocation })),
  );

/** Returns the units by SKU and location, in one text that does not depend on their order. */
function unitsByPlace(
  lines: readonly {
    readonly sku: string;
    readonly locationId: string;
    readonly quantity: number;
  }[],
): string {
  const units = new Map<string, number>();
  for (const { sku, locationId, quantity } of lines) {
    const place = `${sku}#${locationId}`;
    units.set(place, (units.get(place) ?? 0) + quantity);
  }
  return [...units]
    .map(([place, quantity]) => `${quantity} ${place}`)
    .sort()
    .join(', ');
}

/** I5: each settled order agrees with its payment and its stock. */
function checkOrder(
  order: Order,
  { reservations, providerRecords }: SystemState,
  now: number,
): string[] {
  const { orderId, status, total } = order;
  const records = [...providerRecords]
    .filter(([key]) => key.startsWith(`${orderId}-`))
    .map(([, record]) => record);
  const captured = records.filter((record) => record.status === 'captured');
  const unrefunded = captured.filter((record) => capturedAmountAt(record, now) > 0);
  const authorized = records.filter(({ status, nextStatus }) =>
    nextStatus !== undefined && status === 'requires_action' && nextStatus.at <= now
      ? nextStatus.status === 'authorized'
      : status === 'authorized',
  );
  const reservation = reservations.get(orderId);
  const stock = reservation === undefined ? 'NONE' : statusAt(reservation, now);
  const violation = (what: string): string => `I5 ${orderId} ${status}: ${what}`;
  const violations: string[] = [];
  // A tombstone, and a record that TTL deleted, have no lines.
  const held = reservation?.lines ?? [];
  const [wanted, found] = [unitsByPlace(allocationsIn(order)), unitsByPlace(held)];
  if (held.length > 0 && wanted !== found)
    violations.push(violation(`allocations ${wanted}, but its units are at ${found}`));
  if (captured.length > 1) violations.push(violation(`captured ${captured.length} times`));
  switch (status) {
    case 'COMPLETED':
    case 'FULFILLED':
      if (captured[0]?.amount !== total.amount)
        violations.push(violation(`captured ${captured[0]?.amount} of ${total.amount}`));
      if (!STOCK_TAKEN_STATUSES.includes(stock))
        violations.push(violation(`its stock is ${stock}`));
      break;
    case 'CANCELLED':
      if (unrefunded.length + authorized.length > 0)
        violations.push(violation(`the payment is not returned: ${JSON.stringify(records)}`));
      if (stock === 'HELD' || STOCK_TAKEN_STATUSES.includes(stock))
        violations.push(violation(`its stock is ${stock}`));
      break;
    case 'PENDING_PAYMENT':
      if (unrefunded.length + authorized.length > 0)
        violations.push(violation(`the payment is not returned: ${JSON.stringify(records)}`));
      if (STOCK_TAKEN_STATUSES.includes(stock)) violations.push(violation(`its stock is ${stock}`));
      break;
    case 'NEEDS_ATTENTION':
      break;
    case 'PAYING':
    case 'CONFIRMED':
    case 'CANCELLING':
      violations.push(violation('the order is in progress, but no work is'));
  }
  return violations;
}
