import type { ReservationStatus } from '../../../contracts/api/reservations.ts';
import {
  type CommandContext,
  type Decision,
  type ReservationState,
  reject,
  rejectUnconfirmed,
} from '../ledger/decision.ts';
import {
  type Demand,
  mergeLines,
  type Owner,
  openUnitsOf,
  ownerOf,
  PART_STEPS_MAX,
  type PartKind,
  type Reservation,
} from '../ledger/reservation.ts';
import { openPartsOf, type Parts, settleParts } from './parts.ts';
import { advanceReservation } from './reservation-step.ts';

export type TakePartStep = CommandContext & {
  readonly reservationId: string;
  readonly stepId: string;
  readonly kind: PartKind;
  readonly fingerprint: string;
  readonly owner: Owner;
  /** Units to take; by default all that are open. */
  readonly lines?: readonly Demand[] | undefined;
};

export type PartStepError =
  | { readonly kind: 'notFound' }
  | { readonly kind: 'notOwner' }
  | { readonly kind: 'keyReused' }
  | { readonly kind: 'notCommitted'; readonly reservationStatus: ReservationStatus }
  | { readonly kind: 'stepLimit'; readonly limit: number }
  | { readonly kind: 'nothingOpen'; readonly lines: readonly OpenUnits[] };

/** Units that a step requests of a SKU at a location, and those that are open there. */
export type OpenUnits = {
  readonly sku: string;
  readonly locationId: string;
  readonly requested: number;
  readonly open: number;
};

/**
 * Ships or releases units of a committed reservation, all requested lines or none. A repeat takes
 * nothing and returns the reservation as it is now. After PART_STEPS_MAX steps only a step without
 * lines is accepted, so that no units are left without a step that can take them.
 */
export function decidePartStep(
  state: ReservationState,
  command: TakePartStep,
): Decision<Reservation, PartStepError> {
  const { reservation } = state;
  if (reservation === undefined) return reject({ kind: 'notFound' });
  if (ownerOf(reservation) !== command.owner) return reject({ kind: 'notOwner' });
  const { steps = [], status } = reservation;
  const earlier = steps.find(({ stepId }) => stepId === command.stepId);
  if (earlier !== undefined) {
    const isRepeat = earlier.kind === command.kind && earlier.fingerprint === command.fingerprint;
    return isRepeat ? { next: 'replay', value: reservation } : reject({ kind: 'keyReused' });
  }
  if (status === 'HELD' || status === 'EXPIRED')
    return rejectUnconfirmed({ kind: 'notCommitted', reservationStatus: status });
  if (status !== 'COMMITTED')
    return rejectUnconfirmed({ kind: 'nothingOpen', lines: toOpenUnits([], command) });
  const { lines, stepId, kind, fingerprint, now: at } = command;
  if (lines !== undefined && steps.length >= PART_STEPS_MAX)
    return rejectUnconfirmed({ kind: 'stepLimit', limit: PART_STEPS_MAX });
  const parts = lines === undefined ? openPartsOf(reservation) : partsFor(reservation, lines);
  if (parts === undefined) {
    const open = toOpenUnits(reservation.lines, command);
    return rejectUnconfirmed({ kind: 'nothingOpen', lines: open });
  }
  const { plans, changes } = settleParts(state, reservation, kind, parts);
  const step = { stepId, kind, fingerprint, at };
  const { after, change } = advanceReservation(
    reservation,
    { name: `${kind}.${stepId}`, plans, changes: { ...changes, steps: [...steps, step] } },
    command,
  );
  return { next: 'commit', value: after, change };
}

/** Takes open units of the lines in their order. Returns undefined where too few are open. */
function partsFor(reservation: Reservation, wanted: readonly Demand[]): Parts | undefined {
  const remaining = mergeLines(wanted).map((demand) => ({ demand, units: demand.quantity }));
  const parts = reservation.lines.map((line) => {
    const one = remaining.find(({ demand }) => isSamePlace(demand, line));
    const taken = Math.min(openUnitsOf(line), one?.units ?? 0);
    if (one !== undefined) one.units -= taken;
    return taken;
  });
  return remaining.every(({ units }) => units === 0) ? parts : undefined;
}

const toOpenUnits = (lines: Reservation['lines'], command: TakePartStep): OpenUnits[] =>
  mergeLines(command.lines ?? []).map((demand) => ({
    sku: demand.sku,
    locationId: demand.locationId,
    requested: demand.quantity,
    open: lines
      .filter((line) => isSamePlace(demand, line))
      .reduce((units, line) => units + openUnitsOf(line), 0),
  }));

const isSamePlace = (a: Omit<Demand, 'quantity'>, b: Omit<Demand, 'quantity'>): boolean =>
  a.sku === b.sku && a.locationId === b.locationId;
