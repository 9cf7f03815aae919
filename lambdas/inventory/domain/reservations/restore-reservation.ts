import { type EpochSeconds, type Instant, toIso } from '../../../shared/core/instant.ts';
import { accepted, refused } from '../../../shared/core/result.ts';
import type { RepairReservationRefusal } from '../audit/repair-reservation.ts';
import { move, type Slots } from '../audit/tally.ts';
import type { CellKey } from '../ledger/cell.ts';
import type { BookState, CommandContext, Decision } from '../ledger/decision.ts';
import type { Movement } from '../ledger/movement.ts';
import type { Reservation, ReservationLine, ReservationStatus } from '../ledger/reservation.ts';

/** The movements of one reservation in one cell, without LAPSED: it belongs to the hold that expired. */
export type Trace = { readonly cell: CellKey; readonly movements: readonly Movement[] };

export type RestoreReservation = CommandContext & {
  readonly reservationId: string;
  readonly findingId: string;
  /** Lines of the order, each SKU once. */
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly traces: readonly Trace[];
};

/** No request has it, so a repeat of the request that made the reservation is rejected, and makes no second hold. */
const RESTORED_FINGERPRINT = 'restored';
export const RESTORE = 'restore';

/**
 * Writes the record of a reservation that is lost, from its movements, on condition that there is still none. Without a record no step
 * can move the units, so the movements stay what they were. They must hold exactly the units of the order. No unit moves.
 */
export function decideRestoreReservation(
  { reservation }: BookState,
  command: RestoreReservation,
): Decision<Reservation, RepairReservationRefusal> {
  if (reservation !== undefined) {
    const isRepeat = reservation.repairs?.some(
      ({ action, findingId }) => action === RESTORE && findingId === command.findingId,
    );
    return isRepeat ? accepted({ value: reservation }) : refused({ kind: 'movedOn' });
  }
  const after = restoredFrom(command);
  if (after === undefined) return refused({ kind: 'notRepairable' });
  const { reservationId, now, correlationId } = command;
  return accepted({
    value: after,
    change: {
      operationId: `${reservationId}.${RESTORE}`,
      at: now,
      correlationId,
      marker: { kind: 'reservation', after, expectedVersion: undefined },
      cells: [],
    },
  });
}

type Said = Pick<Reservation, 'status' | 'heldUntil'>;

function restoredFrom(command: RestoreReservation): Reservation | undefined {
  const { reservationId, findingId, traces, now, correlationId } = command;
  const told = traces.map(toldBy);
  const lines = told.flatMap((one) => one?.line ?? []);
  const said = settledAs(told.flatMap((one) => one?.said ?? []));
  const movements = traces.flatMap((trace) => trace.movements);
  if (said === undefined || lines.length < traces.length || !hasUnitsOf(lines, command))
    return undefined;
  const orderId = movements.find((movement) => movement.orderId !== undefined)?.orderId;
  return {
    reservationId,
    ...said,
    lines,
    ...(orderId === undefined ? {} : { orderId }),
    fingerprint: RESTORED_FINGERPRINT,
    extensions: [],
    repairs: [{ findingId, version: 0, action: RESTORE, at: now, before: said.status }],
    version: versionAfter(movements),
    createdAt: toIso(Math.min(...movements.map(timeOf))),
    updatedAt: toIso(now),
    correlationId,
  };
}

const timeOf = ({ effectiveAt, at }: Movement): Instant => effectiveAt ?? at;

/**
 * Undefined where the movements of the cell do not say one thing of all the line's units. Their order says nothing: two steps may
 * have one time, and the clocks of the functions that took them differ.
 */
function toldBy({ cell, movements }: Trace): { line: ReservationLine; said: Said } | undefined {
  const kinds = new Set(movements.map(({ kind }) => kind));
  const reserved = movements.find(({ kind }) => kind === 'RESERVED');
  if (reserved === undefined) return undefined;
  const left: { held: Slots; committed: number } = {
    held: new Map<EpochSeconds, number>(),
    committed: 0,
  };
  for (const { from, to, quantity } of movements) {
    move(left, from, -quantity);
    move(left, to, quantity);
  }
  const { sku, locationId, shard } = cell;
  const line = { sku, locationId, shard, quantity: reserved.quantity };
  const [slot, ...others] = left.held;
  if (slot !== undefined) {
    const isHeld = others.length === 0 && slot[1] === line.quantity && left.committed === 0;
    return isHeld ? { line, said: { status: 'HELD', heldUntil: slot[0] } } : undefined;
  }
  if (left.committed === line.quantity) return { line, said: { status: 'COMMITTED' } };
  if (left.committed !== 0) return undefined;
  if (kinds.has('SHIPPED')) return { line, said: { status: 'FULFILLED' } };
  return kinds.has('RELEASED') ? { line, said: { status: 'RELEASED' } } : undefined;
}

/** A reservation expires with the lines that are still held released; those that had expired have no movement of it. */
const EXPIRED: ReadonlySet<ReservationStatus> = new Set(['HELD', 'RELEASED']);

function settledAs(all: readonly Said[]): Said | undefined {
  const [first] = all;
  if (first === undefined) return undefined;
  if (
    all.every(({ status, heldUntil }) => status === first.status && heldUntil === first.heldUntil)
  )
    return first;
  return all.every(({ status }) => EXPIRED.has(status)) ? { status: 'EXPIRED' } : undefined;
}

function hasUnitsOf(
  lines: readonly ReservationLine[],
  { lines: ordered }: RestoreReservation,
): boolean {
  const units = new Map<string, number>();
  for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity);
  return (
    units.size === ordered.length &&
    ordered.every(({ sku, quantity }) => units.get(sku) === quantity)
  );
}

const NUMBERED = /\.(?:extend|repair)\.(\d+)\.\d+$/;

/** Above every version that is in a movement's id, so that no later step has the id of an earlier one. */
const versionAfter = (movements: readonly Movement[]): number =>
  1 +
  Math.max(
    movements.length,
    ...movements.map(({ movementId }) => Number(NUMBERED.exec(movementId)?.[1] ?? 0)),
  );
