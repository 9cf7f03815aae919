import { appendEntry } from '../../../shared/core/history.ts';
import { type Cell, type CellKey, cellIdOf, unitsInBucket } from '../ledger/cell.ts';
import { type CellPlan, takeCommitted, takeHeld, touchCell } from '../ledger/cell-plan.ts';
import {
  type CommandContext,
  type Decision,
  findCell,
  type ReservationState,
  reject,
  rejectUnconfirmed,
  requireCell,
} from '../ledger/decision.ts';
import { AVAILABLE } from '../ledger/movement.ts';
import { contradictsParts, type Reservation } from '../ledger/reservation.ts';
import { decideCommit } from '../reservations/commit.ts';
import { decideRelease, planReleaseOfHeld } from '../reservations/release.ts';
import { advanceReservation } from '../reservations/reservation-step.ts';
import { decideShip } from '../reservations/ship.ts';
import { isSameReservedUnits, unitsByRecord } from './lost-movements.ts';
import { lineStateOf, type ReplayedReservation, statusOfLines } from './replayed-reservation.ts';

export type RepairReservation = CommandContext & {
  readonly reservationId: string;
  readonly findingId: string;
  /** Version of the reservation that was audited. */
  readonly version: number;
  readonly action: 'followMovements' | 'release' | 'commit' | 'ship';
  /** Cell in which units were found, for a record without lines. */
  readonly cell?: CellKey | undefined;
  /** By cell id: the cells of the lines, or `cell` for a record without lines. */
  readonly replayed: ReadonlyMap<string, ReplayedReservation>;
};

export type RepairReservationError =
  | { readonly kind: 'notFound' }
  | { readonly kind: 'versionConflict' }
  | { readonly kind: 'notRepairable' };

/**
 * Takes the step that did not happen, or sets the record to what its movements show. Rejects where
 * the record changed after the audit.
 */
export function decideRepairReservation(
  state: ReservationState,
  command: RepairReservation,
): Decision<Reservation, RepairReservationError> {
  const { reservation } = state;
  if (reservation === undefined) return reject({ kind: 'notFound' });
  if (
    reservation.repairs?.some(({ findingId, version }) => isSameRepair(command, findingId, version))
  ) {
    return { next: 'replay', value: reservation };
  }
  if (reservation.version !== command.version) return reject({ kind: 'versionConflict' });
  if (command.action !== 'followMovements') {
    if (hasCellChanged(state, reservation, command))
      return rejectUnconfirmed({ kind: 'versionConflict' });
    if (!recordMatchesMovements(state, reservation, command))
      return rejectUnconfirmed({ kind: 'notRepairable' });
  }
  const withTrace: ReservationState = {
    ...state,
    reservation: withRepairTrace(reservation, command),
  };
  switch (command.action) {
    case 'followMovements':
      return followMovements(withTrace, withRepairTrace(reservation, command), command);
    case 'release':
      return toRepairDecision(decideRelease(withTrace, command));
    case 'commit':
      return decideCommit(withTrace, command);
    case 'ship':
      return toRepairDecision(decideShip(withTrace, command));
  }
}

/** Returns true where a cell of the lines changed after its movements were read. */
const hasCellChanged = (
  state: ReservationState,
  { lines }: Reservation,
  { replayed }: RepairReservation,
): boolean =>
  lines.some((line) => {
    const found = replayed.get(cellIdOf(line));
    return found !== undefined && found.version !== requireCell(state, line).version;
  });

/**
 * Returns true where the record and its movements agree on each line. Only then is a step safe:
 * where they disagree, the step might have been taken already.
 */
const recordMatchesMovements = (
  state: ReservationState,
  reservation: Reservation,
  { replayed }: RepairReservation,
): boolean =>
  !contradictsParts(reservation) &&
  reservation.lines.every((line) => {
    const cell = requireCell(state, line);
    const found = replayed.get(cellIdOf(line));
    return (
      found !== undefined &&
      isSameReservedUnits(found.units, unitsByRecord(reservation, cell, cell.expiredThrough))
    );
  });

const isSameRepair = (command: RepairReservation, findingId: string, version: number): boolean =>
  command.findingId === findingId && command.version === version;

const withRepairTrace = (
  reservation: Reservation,
  { findingId, version, action, now }: RepairReservation,
): Reservation => ({
  ...reservation,
  repairs: appendEntry(reservation.repairs ?? [], {
    findingId,
    version,
    action,
    at: now,
    statusBefore: reservation.status,
  }),
});

const toRepairDecision = <Failure>(
  decision: Decision<Reservation, Failure>,
): Decision<Reservation, RepairReservationError> =>
  decision.next === 'reject' ? rejectUnconfirmed({ kind: 'notRepairable' }) : decision;

/**
 * Sets the record to what the movements of all its lines show, if they agree. A record that has
 * ended, and whose units are still held, keeps its status and releases them. Rejects where a cell
 * changed after it was read.
 */
function followMovements(
  state: ReservationState,
  reservation: Reservation,
  command: RepairReservation,
): Decision<Reservation, RepairReservationError> {
  if (reservation.lines.length === 0) return releaseOrphanedUnits(state, reservation, command);
  const replayed = reservation.lines.map((line) => command.replayed.get(cellIdOf(line)));
  const cells = reservation.lines.map((line) => requireCell(state, line));
  if (cells.some((cell, index) => cell.version !== replayed[index]?.version))
    return rejectUnconfirmed({ kind: 'versionConflict' });

  const states = reservation.lines.flatMap(
    (line, index) => lineStateOf(replayed[index], line.quantity) ?? [],
  );
  const found =
    states.length < reservation.lines.length ? undefined : statusOfLines(reservation.lines, states);
  if (found === undefined) return rejectUnconfirmed({ kind: 'notRepairable' });

  const isClosed = reservation.status === 'RELEASED' || reservation.status === 'EXPIRED';
  const step =
    isClosed && found.heldUntil !== undefined && hasHeldUnits(reservation, cells, found.heldUntil)
      ? {
          plans: planReleaseOfHeld(state, { ...reservation, heldUntil: found.heldUntil }),
          changes: { status: reservation.status },
        }
      : {
          plans: cells.map((cell) => ({
            ...touchCell(cell),
            guard: { version: cell.version },
          })),
          changes: found,
        };
  const { after, change } = advanceReservation(
    reservation,
    { name: `repair.${reservation.version}`, ...step },
    command,
  );
  return { next: 'commit', value: after, change };
}

/**
 * Returns false where a cell holds fewer units than its movements show: its balance was changed
 * too. Then nothing can be released; the record is set to the movements, and the balance is rebuilt
 * from them.
 */
const hasHeldUnits = ({ lines }: Reservation, cells: readonly Cell[], bucket: number): boolean =>
  cells.every(
    (cell, index) =>
      cell.expiredThrough >= bucket || unitsInBucket(cell, bucket) >= (lines[index]?.quantity ?? 0),
  );

/**
 * Releases the units that the movements of a record without lines left in the cell, one account at
 * a time.
 */
function releaseOrphanedUnits(
  state: ReservationState,
  reservation: Reservation,
  command: RepairReservation,
): Decision<Reservation, RepairReservationError> {
  const cell = command.cell && findCell(state, command.cell);
  const found = cell && command.replayed.get(cellIdOf(cell));
  if (cell === undefined || found === undefined)
    return rejectUnconfirmed({ kind: 'notRepairable' });
  if (found.version !== cell.version) return rejectUnconfirmed({ kind: 'versionConflict' });
  const { committed, held } = found.units;
  const [bucket, units = 0] =
    [...held].find(([until, count]) => count > 0 && unitsInBucket(cell, until) >= count) ?? [];
  let plan: CellPlan | undefined;
  if (committed > 0 && cell.committed >= committed)
    plan = takeCommitted(cell, { quantity: committed, kind: 'RELEASED', to: AVAILABLE });
  else if (bucket !== undefined)
    plan = takeHeld(cell, { bucket, quantity: units, kind: 'RELEASED', to: AVAILABLE });
  if (plan === undefined) return rejectUnconfirmed({ kind: 'notRepairable' });
  const { after, change } = advanceReservation(
    reservation,
    {
      name: `repair.${reservation.version}`,
      plans: [{ ...plan, guard: { ...plan.guard, version: cell.version } }],
      changes: { status: reservation.status },
    },
    command,
  );
  return { next: 'commit', value: after, change };
}
