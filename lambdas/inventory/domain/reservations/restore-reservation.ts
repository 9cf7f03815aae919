import { type Instant, toIso } from '../../../shared/core/instant.ts';
import { BalanceReplay } from '../audit/balance-replay.ts';
import type { RepairReservationError } from '../audit/repair-reservation.ts';
import {
  type LineState,
  lineStateOf,
  type ReplayedStatus,
  replayedReservationOf,
  statusOfLines,
} from '../audit/replayed-reservation.ts';
import type { CellKey } from '../ledger/cell.ts';
import {
  type CommandContext,
  type Decision,
  type ReservationState,
  reject,
  rejectUnconfirmed,
} from '../ledger/decision.ts';
import type { Movement } from '../ledger/movement.ts';
import type { PartStep, Reservation, ReservationLine } from '../ledger/reservation.ts';

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

function rebuildReservation(command: RestoreReservation): Reservation | undefined {
  const { reservationId, findingId, traces, now, correlationId } = command;
  const restored = traces.flatMap((trace) => replayTrace(trace) ?? []);
  const found = restored.length < traces.length ? undefined : combineLines(restored);
  if (found === undefined || !hasOrderedUnits(found.lines, command)) return undefined;
  const movements = traces.flatMap((trace) => trace.movements);
  const steps = partStepsOf(movements);
  const orderId = movements.find((movement) => movement.orderId !== undefined)?.orderId;
  return {
    reservationId,
    ...found,
    ...(orderId === undefined ? {} : { orderId }),
    fingerprint: RESTORED_FINGERPRINT,
    extensions: [],
    ...(steps.length === 0 ? {} : { steps }),
    repairs: [
      { findingId, version: 0, action: RESTORE_ACTION, at: now, statusBefore: found.status },
    ],
    version: versionAfter(movements),
    createdAt: toIso(Math.min(...movements.map(effectiveTimeOf))),
    updatedAt: toIso(now),
    correlationId,
  };
}

const effectiveTimeOf = ({ effectiveAt, at }: Movement): Instant => effectiveAt ?? at;

type RestoredLine = { readonly line: ReservationLine; readonly state: LineState };

/**
 * Returns the line and its state that the movements show, or undefined where they do not show one
 * state for all units of the line. Their order shows nothing: two steps may have the same time, and
 * the clocks of the functions differ.
 */
function replayTrace({ cell, movements }: ReservationTrace): RestoredLine | undefined {
  const reserved = movements.find(({ kind }) => kind === 'RESERVED');
  if (reserved?.reservationId === undefined) return undefined;
  const { sku, locationId, shard } = cell;
  const line = { sku, locationId, shard, quantity: reserved.quantity };
  const replay = new BalanceReplay();
  replay.add({ key: '', at: reserved.at, operationId: '', movements });
  const position = replay.snapshot().positions.get(reserved.reservationId);
  const state = lineStateOf(replayedReservationOf(position, NO_EXPIRY), line.quantity);
  // A trace has no movement of an expiry, so nothing shows one.
  return state === undefined || state.status === 'EXPIRED' ? undefined : { line, state };
}

const NO_EXPIRY = { expiredThrough: 0, version: 0 };

/**
 * States of the lines of an EXPIRED reservation: lines that were still held were released, and
 * lines that had expired have no movement of the expiry.
 */
const STATES_AFTER_EXPIRY: ReadonlySet<LineState['status']> = new Set(['HELD', 'RELEASED']);

function combineLines(restored: readonly RestoredLine[]): ReplayedStatus | undefined {
  const lines = restored.map(({ line }) => line);
  const states = restored.map(({ state }) => state);
  const combined = statusOfLines(lines, states);
  if (combined !== undefined || states.length === 0) return combined;
  return states.every(({ status }) => STATES_AFTER_EXPIRY.has(status))
    ? { status: 'EXPIRED', lines }
    : undefined;
}

const PART_STEP_PATTERN = /^[^.]+\.(ship|release)\.([^.]+)\.\d+$/;

/**
 * Returns the steps that shipped or released parts, by the ids of their movements. Their bodies are
 * not known, so a repeat is rejected and takes nothing more.
 */
function partStepsOf(movements: readonly Movement[]): PartStep[] {
  const steps = new Map<string, PartStep>();
  for (const movement of movements) {
    const [, kind, stepId] = PART_STEP_PATTERN.exec(movement.movementId) ?? [];
    if (stepId === undefined || (kind !== 'ship' && kind !== 'release')) continue;
    const fingerprint = RESTORED_FINGERPRINT;
    steps.set(stepId, { stepId, kind, fingerprint, at: effectiveTimeOf(movement) });
  }
  return [...steps.values()];
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
