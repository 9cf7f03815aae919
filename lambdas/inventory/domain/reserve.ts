import { toIso } from '../../shared/instant.ts';
import { accepted, refused } from '../../shared/result.ts';
import { type Cell, type CellKey, cellAt, cellIdOf, emptyCell, mainCellOf } from './cell.ts';
import { type CellPlan, numbered, takeAvailable } from './cell-change.ts';
import {
  type BookState,
  type CommandContext,
  cellIn,
  type Decision,
  movementContext,
  slotFor,
} from './decision.ts';
import { heldUntil } from './movement.ts';
import { mergeLines, type RequestedLine, type Reservation, type Shortage } from './reservation.ts';

export type ReserveStock = CommandContext & {
  readonly reservationId: string;
  readonly lines: readonly RequestedLine[];
  readonly ttlSeconds: number;
  readonly slotSeconds: number;
  readonly orderId?: string | undefined;
  readonly fingerprint: string;
};

export type ReserveRefusal =
  | { readonly kind: 'insufficientStock'; readonly shortages: readonly Shortage[] }
  | { readonly kind: 'unknownSku'; readonly skus: readonly string[] }
  | { readonly kind: 'keyReused' }
  | { readonly kind: 'released' };

export type Reserved = { readonly reservation: Reservation; readonly repeated: boolean };

/** The cells of the lines, and each sku's main cell, whose existence says that the sku is known. */
export const cellsToReserve = (lines: readonly RequestedLine[]): CellKey[] => {
  const keys = lines.flatMap(({ sku, locationId }) => [cellAt(sku, locationId), mainCellOf(sku)]);
  return [...new Map(keys.map((key) => [cellIdOf(key), key])).values()];
};

/** All lines are held, or none. A repeat answers the reservation that the first request made. */
export function decideReserve(state: BookState, command: ReserveStock): Decision<Reserved, ReserveRefusal> {
  const { reservation } = state;
  if (reservation !== undefined) return repeat(reservation, command);

  const unknown = command.lines
    .map(({ sku }) => sku)
    .filter((sku) => cellIn(state, mainCellOf(sku)) === undefined);
  if (unknown.length > 0) return refused({ kind: 'unknownSku', skus: [...new Set(unknown)] });

  const lines = mergeLines(command.lines);
  const cells = lines.map((line): Cell => cellIn(state, line) ?? emptyCell(line));
  const slot = slotFor(command.now, command.ttlSeconds, command.slotSeconds, cells);

  const plans: CellPlan[] = [];
  const shortages: Shortage[] = [];
  for (const [index, cell] of cells.entries()) {
    const requested = lines[index]?.quantity ?? 0;
    const taken = takeAvailable(cell, requested, 'RESERVED', heldUntil(slot), command.now);
    if (taken.ok) plans.push(taken.plan);
    else shortages.push({ sku: cell.sku, requested, available: taken.available });
  }
  if (shortages.length > 0) return refused({ kind: 'insufficientStock', shortages });

  const { reservationId, orderId, fingerprint, correlationId, now } = command;
  const operationId = reserveOperationId(reservationId);
  const after: Reservation = {
    reservationId,
    status: 'HELD',
    lines,
    heldUntil: slot,
    ...(orderId === undefined ? {} : { orderId }),
    fingerprint,
    extensions: [],
    version: 1,
    createdAt: toIso(now),
    updatedAt: toIso(now),
    correlationId,
  };
  return accepted({
    value: { reservation: after, repeated: false },
    change: {
      operationId,
      at: now,
      correlationId,
      marker: { kind: 'reservation', after, expectedVersion: undefined },
      cells: numbered(plans, movementContext(operationId, command, ofReservation(after))),
    },
  });
}

function repeat(reservation: Reservation, { fingerprint }: ReserveStock): Decision<Reserved, ReserveRefusal> {
  if (reservation.fingerprint === undefined) return refused({ kind: 'released' });
  if (reservation.fingerprint !== fingerprint) return refused({ kind: 'keyReused' });
  return accepted({ value: { reservation, repeated: true } });
}

/** Names the step that makes a reservation. */
export const reserveOperationId = (reservationId: string): string => `${reservationId}.reserve`;

/** What each movement of a reservation's step says of it. */
export const ofReservation = ({ reservationId, orderId }: Reservation) => ({
  reservationId,
  ...(orderId === undefined ? {} : { orderId }),
});
