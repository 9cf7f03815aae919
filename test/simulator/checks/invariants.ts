import type { Cell } from '../../../lambdas/inventory/domain/ledger/cell.ts';
import { cellIdOf, countsAt } from '../../../lambdas/inventory/domain/ledger/cell.ts';
import type { Movement } from '../../../lambdas/inventory/domain/ledger/movement.ts';
import {
  type Reservation,
  statusAt,
} from '../../../lambdas/inventory/domain/ledger/reservation.ts';
import type { Order } from '../../../lambdas/orders/domain/order.ts';
import type { Payment } from '../../../lambdas/payments/domain/payment.ts';
import type { World } from '../world.ts';
import { disagreements } from './books.ts';

type Item = Readonly<Record<string, unknown>>;
type ProviderRecord = {
  readonly status: string;
  readonly amount: number;
  readonly becomes?: { readonly at: number; readonly status: string };
  readonly refunds?: readonly {
    readonly amount: number;
    readonly status: string;
    readonly becomes?: { readonly at: number; readonly status: string };
  }[];
};

/** The books of all contexts, as they lie in their tables. */
export type AllBooks = {
  readonly cells: readonly {
    readonly id: string;
    readonly cell: Cell;
    readonly movements: readonly Movement[];
  }[];
  /** Of the items of movements: the cell and the operation that each is of. */
  readonly operations: readonly string[];
  readonly reservations: ReadonlyMap<string, Reservation>;
  /** By sku: the cells behind so many are closed. */
  readonly openShards: ReadonlyMap<string, number>;
  readonly orders: readonly Order[];
  readonly payments: readonly Payment[];
  /** By `<orderId>-<attempt>`. */
  readonly provider: ReadonlyMap<string, ProviderRecord>;
};

const ofType = (items: readonly Item[], type: string) => items.filter((item) => item.type === type);

/** What lies in the inventory's table. */
export function inventoryBooksOf(
  book: readonly Item[],
): Pick<AllBooks, 'cells' | 'operations' | 'reservations' | 'openShards'> {
  const moved = ofType(book, 'movements');
  const movementsOf = new Map<string, Movement[]>();
  for (const item of moved) {
    const id = String(item.pk).replace('CELL#', '');
    const known = movementsOf.get(id) ?? [];
    movementsOf.set(id, known);
    known.push(...(item.movements as Movement[]));
  }
  return {
    cells: ofType(book, 'balance').map((item) => {
      const cell = item as unknown as Cell;
      return { id: cellIdOf(cell), cell, movements: movementsOf.get(cellIdOf(cell)) ?? [] };
    }),
    operations: moved.map(({ pk, sk }) => `${pk} ${String(sk).split('#').slice(2).join('#')}`),
    reservations: new Map(
      ofType(book, 'reservation').map((item) => [
        String(item.reservationId),
        item as unknown as Reservation,
      ]),
    ),
    openShards: new Map(
      ofType(book, 'sku').map(({ sku, openShards }) => [String(sku), Number(openShards)]),
    ),
  };
}

export function booksOf(world: World): AllBooks {
  return {
    ...inventoryBooksOf(world.tableItems('Book')),
    orders: ofType(world.tableItems('Orders'), 'order') as unknown as readonly Order[],
    payments: ofType(world.tableItems('Payments'), 'payment') as unknown as readonly Payment[],
    provider: new Map(
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
 * What in settled books breaks I1 to I6 of the design, a line each; empty for sound ones. `now` in epoch milliseconds. An order
 * that is still on its way is a violation too: with nothing under way, every saga has ended.
 */
export function violationsOf(books: AllBooks, now: number): string[] {
  return [
    ...disagreements({ cells: books.cells, reservations: [...books.reservations.values()] }),
    ...strandedIn(books),
    ...twice(books.operations).map((operation) => `I3 moved twice: ${operation}`),
    ...books.orders.flatMap((order) => ofOrder(order, books, now)),
    ...books.payments.flatMap(({ orderId, attempt, capturedAmount, refundedAmount }) =>
      refundedAmount > capturedAmount
        ? [`I6 ${orderId}-${attempt}: refunded ${refundedAmount} of ${capturedAmount} captured`]
        : [],
    ),
  ];
}

/** I1: what lies in a closed cell nobody finds. */
const strandedIn = ({ cells, openShards }: AllBooks): string[] =>
  cells
    .filter(
      ({ cell }) => cell.shard >= (openShards.get(cell.sku) ?? 0) && countsAt(cell, 0).onHand !== 0,
    )
    .map(({ id, cell }) => `I1 ${id}: it is closed, and has ${countsAt(cell, 0).onHand}`);

/** No change writes two items of movements into one cell. */
function twice(operations: readonly string[]): string[] {
  const seen = new Set<string>();
  return operations.filter((operation) => {
    if (seen.has(operation)) return true;
    seen.add(operation);
    return false;
  });
}

const KEEPS_STOCK = ['COMMITTED', 'FULFILLED'];

/** What the provider keeps of a capture; a refund that is pending is on its way. */
const keptAt = ({ amount, refunds = [] }: ProviderRecord, now: number): number =>
  refunds.reduce((kept, { amount: of, status, becomes }) => {
    const isFailed =
      (becomes !== undefined && becomes.at <= now ? becomes.status : status) === 'FAILED';
    return isFailed ? kept : kept - of;
  }, amount);

/** I5, and that the money is where the order says. */
function ofOrder(order: Order, { reservations, provider }: AllBooks, now: number): string[] {
  const { orderId, status, total } = order;
  const records = [...provider]
    .filter(([key]) => key.startsWith(`${orderId}-`))
    .map(([, record]) => record);
  const captured = records.filter((record) => record.status === 'captured');
  const kept = captured.filter((record) => keptAt(record, now) > 0);
  const open = records.filter(({ status, becomes }) =>
    becomes !== undefined && status === 'requires_action' && becomes.at <= now
      ? becomes.status === 'authorized'
      : status === 'authorized',
  );
  const reservation = reservations.get(orderId);
  const stock = reservation === undefined ? 'NONE' : statusAt(reservation, now);
  const fault = (what: string): string => `I5 ${orderId} ${status}: ${what}`;
  const faults: string[] = [];
  if (captured.length > 1) faults.push(fault(`captured ${captured.length} times`));
  switch (status) {
    case 'COMPLETED':
    case 'FULFILLED':
      if (captured[0]?.amount !== total.amount)
        faults.push(fault(`captured ${captured[0]?.amount} of ${total.amount}`));
      if (!KEEPS_STOCK.includes(stock)) faults.push(fault(`its stock is ${stock}`));
      break;
    case 'CANCELLED':
      if (kept.length + open.length > 0)
        faults.push(fault(`money is kept: ${JSON.stringify(records)}`));
      if (stock === 'HELD' || KEEPS_STOCK.includes(stock))
        faults.push(fault(`its stock is ${stock}`));
      break;
    case 'PENDING_PAYMENT':
      if (kept.length + open.length > 0)
        faults.push(fault(`money is kept: ${JSON.stringify(records)}`));
      if (KEEPS_STOCK.includes(stock)) faults.push(fault(`its stock is ${stock}`));
      break;
    case 'NEEDS_ATTENTION':
      break;
    case 'PAYING':
    case 'CONFIRMED':
    case 'CANCELLING':
      faults.push(fault('it is still on its way, and nothing is under way'));
  }
  return faults;
}
