import type { ReservationStatus } from '../../../contracts/api/reservations.ts';
import { type Instant, toIso } from '../../../shared/core/instant.ts';
import type { RepairReservationError } from '../audit/repair-reservation.ts';
import { NO_TOTALS, totalsAfter } from '../audit/running-totals.ts';
import type { CellKey } from '../ledger/cell.ts';
import {
  type CommandContext,
  type Decision,
  type ReservationState,
  reject,
  rejectUnconfirmed,
} from '../ledger/decision.ts';
import type { Movement } from '../ledger/movement.ts';
import type { Reservation, ReservationLine } from '../ledger/reservation.ts';

/**
 * Movements of one reservation in one cell. EXPIRED movements are left out: they belong to the hold
 * that expired.
 */
export type ReservationTrace = { readonly cell: CellKey; readonly movements: readonly Movement[] };

export type RestoreReservation = CommandContext & {
  readonly reservationId: string;
  readonly findingId: string;
  /** Lines of the order, each SKU once. */
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly traces: readonly ReservationTrace[];
};

/**
 * Fingerprint that no request has. A repeat of the original request is therefore rejected and makes
 * no second hold.
 */
const RESTORED_FINGERPRINT = 'restored';
export const RESTORE_ACTION = 'restore';

/**
 * Writes the lost record of a reservation from its movements, on condition that none exists.
 * Without a record no step can move the units, so the movements cannot change meanwhile. They must
 * hold exactly the units of the order. No unit moves.
 */
export function decideRestoreReservation(
  { reservation }: ReservationState,
  command: RestoreReservation,
): Decision<Reservation, RepairReservationError> {
  if (reservation !== undefined) {
    const isRepeat = reservation.repairs?.some(
      ({ action, findingId }) => action === RESTORE_ACTION && findingId === command.findingId,
    );
    return isRepeat ? { next: 'replay', value: reservation } : reject({ kind: 'versionConflict' });
  }
  const after = rebuildReservation(command);
  if (after === undefined) return rejectUnconfirmed({ kind: 'notRepairable' });
  const { reservationId, now, correlationId } = command;
  return {
    next: 'commit',
    value: after,
    change: {
      operationId: `${reservationId}.${RESTORE_ACTION}`,
      at: now,
      correlationId,
      idempotencyRecord: { kind: 'reservation', after, expectedVersion: undefined },
      cells: [],
    },
  };
}

type RestoredStatus = Pick<Reservation, 'status' | 'heldUntil'>;

function rebuildReservation(command: RestoreReservation): Reservation | undefined {
  const { reservationId, findingId, traces, now, correlationId } = command;
  const lineStatuses = traces.map(replayTrace);
  const lines = lineStatuses.flatMap((one) => one?.line ?? []);
  const status = combineStatuses(lineStatuses.flatMap((one) => one?.status ?? []));
  const movements = traces.flatMap((trace) => trace.movements);
  if (status === undefined || lines.length < traces.length || !hasOrderedUnits(lines, command))
    return undefined;
  const orderId = movements.find((movement) => movement.orderId !== undefined)?.orderId;
  return {
    reservationId,
    ...status,
    lines,
    ...(orderId === undefined ? {} : { orderId }),
    fingerprint: RESTORED_FINGERPRINT,
    extensions: [],
    repairs: [
      { findingId, version: 0, action: RESTORE_ACTION, at: now, statusBefore: status.status },
    ],
    version: versionAfter(movements),
    createdAt: toIso(Math.min(...movements.map(effectiveTimeOf))),
    updatedAt: toIso(now),
    correlationId,
  };
}

const effectiveTimeOf = ({ effectiveAt, at }: Movement): Instant => effectiveAt ?? at;

/**
 * Returns the line and status that the movements show, or undefined where they do not show one
 * status for all units of the line. Their order shows nothing: two steps may have the same time,
 * and the clocks of the functions differ.
 */
function replayTrace({
  cell,
  movements,
}: ReservationTrace): { line: ReservationLine; status: RestoredStatus } | undefined {
  const kinds = new Set(movements.map(({ kind }) => kind));
  const reserved = movements.find(({ kind }) => kind === 'RESERVED');
  if (reserved === undefined) return undefined;
  const totals = totalsAfter(NO_TOTALS, movements);
  const { sku, locationId, shard } = cell;
  const line = { sku, locationId, shard, quantity: reserved.quantity };
  const [bucket, ...others] = totals.held;
  if (bucket !== undefined) {
    const isHeld = others.length === 0 && bucket[1] === line.quantity && totals.committed === 0;
    return isHeld ? { line, status: { status: 'HELD', heldUntil: bucket[0] } } : undefined;
  }
  if (totals.committed === line.quantity) return { line, status: { status: 'COMMITTED' } };
  if (totals.committed !== 0) return undefined;
  if (kinds.has('SHIPPED')) return { line, status: { status: 'FULFILLED' } };
  return kinds.has('RELEASED') ? { line, status: { status: 'RELEASED' } } : undefined;
}

/**
 * Statuses of the lines of an EXPIRED reservation: lines that were still held were released, and
 * lines that had expired have no movement of the expiry.
 */
const STATUSES_AFTER_EXPIRY: ReadonlySet<ReservationStatus> = new Set(['HELD', 'RELEASED']);

function combineStatuses(all: readonly RestoredStatus[]): RestoredStatus | undefined {
  const [first] = all;
  if (first === undefined) return undefined;
  if (
    all.every(({ status, heldUntil }) => status === first.status && heldUntil === first.heldUntil)
  )
    return first;
  return all.every(({ status }) => STATUSES_AFTER_EXPIRY.has(status))
    ? { status: 'EXPIRED' }
    : undefined;
}

function hasOrderedUnits(
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

const STEP_VERSION_PATTERN = /\.(?:extend|repair)\.(\d+)\.\d+$/;

/**
 * Returns a version above each version in a movement's id, so that no later step has the id of an
 * earlier one.
 */
const versionAfter = (movements: readonly Movement[]): number =>
  1 +
  Math.max(
    movements.length,
    ...movements.map(({ movementId }) => Number(STEP_VERSION_PATTERN.exec(movementId)?.[1] ?? 0)),
  );
