import { lengthened } from '../../../shared/core/history.ts';
import { accepted, refused } from '../../../shared/core/result.ts';
import { type Cell, type CellKey, cellIdOf, heldIn } from '../ledger/cell.ts';
import { type CellPlan, takeCommitted, takeHeld, unchangedCell } from '../ledger/cell-change.ts';
import {
  type BookState,
  type CommandContext,
  cellIn,
  type Decision,
  knownCell,
} from '../ledger/decision.ts';
import { AVAILABLE, type MovementKind } from '../ledger/movement.ts';
import type { Reservation, ReservationStatus } from '../ledger/reservation.ts';
import { decideCommit } from '../reservations/commit.ts';
import { decideRelease, plansToUnhold } from '../reservations/release.ts';
import { stepOf } from '../reservations/reservation-step.ts';
import { decideShip } from '../reservations/ship.ts';
import { type Claim, claimOf, isSameClaim } from './lost-movements.ts';

/** What the movements of a cell say that the reservation has there, and the version at which they said so. */
export type ClaimInCell = {
  readonly claim: Claim;
  readonly lastKind: MovementKind | undefined;
  readonly version: number;
};

export type RepairReservation = CommandContext & {
  readonly reservationId: string;
  readonly findingId: string;
  /** Of the reservation, as it was audited. */
  readonly version: number;
  readonly action: 'follow' | 'release' | 'commit' | 'ship';
  /** Where units were found, if the record names no cells itself. */
  readonly cell?: CellKey | undefined;
  /** By cell, for each line; of a record without lines, for that cell. */
  readonly claims: ReadonlyMap<string, ClaimInCell>;
};

export type RepairReservationRefusal =
  | { readonly kind: 'notFound' }
  | { readonly kind: 'movedOn' }
  | { readonly kind: 'notRepairable' };

/** The step that did not happen, or the record set as its movements say; only while the record is what was audited. */
export function decideRepairReservation(
  state: BookState,
  command: RepairReservation,
): Decision<Reservation, RepairReservationRefusal> {
  const { reservation } = state;
  if (reservation === undefined) return refused({ kind: 'notFound' });
  if (reservation.repairs?.some(({ findingId, version }) => isOf(command, findingId, version))) {
    return accepted({ value: reservation });
  }
  if (reservation.version !== command.version) return refused({ kind: 'movedOn' });
  if (command.action !== 'follow') {
    if (hasMoved(state, reservation, command)) return refused({ kind: 'movedOn' });
    if (!agrees(state, reservation, command)) return refused({ kind: 'notRepairable' });
  }
  const marked: BookState = { ...state, reservation: withRepair(reservation, command) };
  switch (command.action) {
    case 'follow':
      return follow(marked, withRepair(reservation, command), command);
    case 'release':
      return orNotRepairable(decideRelease(marked, command));
    case 'commit':
      return decideCommit(marked, command);
    case 'ship':
      return orNotRepairable(decideShip(marked, command));
  }
}

/** A cell of its lines is not what it was when its movements were read. */
const hasMoved = (
  state: BookState,
  { lines }: Reservation,
  { claims }: RepairReservation,
): boolean =>
  lines.some((line) => {
    const found = claims.get(cellIdOf(line));
    return found !== undefined && found.version !== knownCell(state, line).version;
  });

/**
 * A step is taken only by a reservation whose record and movements say the same: where they do not, that is what is wrong, and
 * the step might be done already.
 */
const agrees = (
  state: BookState,
  reservation: Reservation,
  { claims }: RepairReservation,
): boolean =>
  reservation.lines.every((line) => {
    const cell = knownCell(state, line);
    const found = claims.get(cellIdOf(line));
    return (
      found !== undefined &&
      isSameClaim(found.claim, claimOf(reservation, cell, cell.foldedThrough))
    );
  });

const isOf = (command: RepairReservation, findingId: string, version: number): boolean =>
  command.findingId === findingId && command.version === version;

const withRepair = (
  reservation: Reservation,
  { findingId, version, action, now }: RepairReservation,
): Reservation => ({
  ...reservation,
  repairs: lengthened(reservation.repairs ?? [], {
    findingId,
    version,
    action,
    at: now,
    before: reservation.status,
  }),
});

const orNotRepairable = <Refusal>(
  decision: Decision<Reservation, Refusal>,
): Decision<Reservation, RepairReservationRefusal> =>
  decision.ok ? decision : refused({ kind: 'notRepairable' });

/**
 * A settled record whose units are still held lets them go; else the record is set as the movements of all its lines say,
 * if they say one thing. The cells must be what they were when they were read.
 */
function follow(
  state: BookState,
  reservation: Reservation,
  command: RepairReservation,
): Decision<Reservation, RepairReservationRefusal> {
  if (reservation.lines.length === 0) return letGo(state, reservation, command);
  const claims = reservation.lines.map((line) => command.claims.get(cellIdOf(line)));
  const cells = reservation.lines.map((line) => knownCell(state, line));
  if (cells.some((cell, index) => cell.version !== claims[index]?.version))
    return refused({ kind: 'movedOn' });

  const said = reservation.lines.map((line, index) => saidBy(claims[index], line.quantity));
  const [first] = said;
  if (first === undefined || said.some((one) => !isSame(one, first)))
    return refused({ kind: 'notRepairable' });

  const isSettled = reservation.status === 'RELEASED' || reservation.status === 'EXPIRED';
  const step =
    isSettled && first.status === 'HELD' && areHeld(reservation, cells, first.heldUntil)
      ? {
          plans: plansToUnhold(state, { ...reservation, heldUntil: first.heldUntil }),
          changes: { status: reservation.status },
        }
      : {
          plans: cells.map((cell) => ({
            ...unchangedCell(cell),
            guard: { version: cell.version },
          })),
          changes: first,
        };
  const { after, change } = stepOf(
    reservation,
    { name: `repair.${reservation.version}`, ...step },
    command,
  );
  return accepted({ value: after, change });
}

/**
 * False where a cell does not hold the units that its movements say: its balance was changed too. Then nothing can be let go; the record
 * says what the movements say, and the balance is rebuilt by them.
 */
const areHeld = ({ lines }: Reservation, cells: readonly Cell[], slot: number): boolean =>
  cells.every(
    (cell, index) =>
      cell.foldedThrough >= slot || heldIn(cell, slot) >= (lines[index]?.quantity ?? 0),
  );

/** A mark without lines claims nothing: what its movements have left in the cell is let go, an account at a time. */
function letGo(
  state: BookState,
  reservation: Reservation,
  command: RepairReservation,
): Decision<Reservation, RepairReservationRefusal> {
  const cell = command.cell && cellIn(state, command.cell);
  const found = cell && command.claims.get(cellIdOf(cell));
  if (cell === undefined || found === undefined) return refused({ kind: 'notRepairable' });
  if (found.version !== cell.version) return refused({ kind: 'movedOn' });
  const { committed, held } = found.claim;
  const [slot, units = 0] =
    [...held].find(([until, count]) => count > 0 && heldIn(cell, until) >= count) ?? [];
  let plan: CellPlan | undefined;
  if (committed > 0 && cell.committed >= committed)
    plan = takeCommitted(cell, committed, 'RELEASED', AVAILABLE);
  else if (slot !== undefined) plan = takeHeld(cell, slot, units, 'RELEASED', AVAILABLE);
  if (plan === undefined) return refused({ kind: 'notRepairable' });
  const { after, change } = stepOf(
    reservation,
    {
      name: `repair.${reservation.version}`,
      plans: [{ ...plan, guard: { ...plan.guard, version: cell.version } }],
      changes: { status: reservation.status },
    },
    command,
  );
  return accepted({ value: after, change });
}

type Said =
  | { readonly status: 'HELD'; readonly heldUntil: number }
  | { readonly status: Exclude<ReservationStatus, 'HELD'> };

const isSame = (a: Said | undefined, b: Said): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Undefined where the movements do not say one thing of all the line's units. */
function saidBy(found: ClaimInCell | undefined, quantity: number): Said | undefined {
  if (found === undefined) return undefined;
  const { claim, lastKind } = found;
  const [slot, ...others] = claim.held;
  if (slot === undefined) {
    if (claim.committed === quantity) return { status: 'COMMITTED' };
    if (claim.committed !== 0) return undefined;
    if (lastKind === 'SHIPPED') return { status: 'FULFILLED' };
    return { status: lastKind === 'RELEASED' ? 'RELEASED' : 'EXPIRED' };
  }
  if (others.length > 0 || slot[1] !== quantity || claim.committed !== 0) return undefined;
  return { status: 'HELD', heldUntil: slot[0] };
}
