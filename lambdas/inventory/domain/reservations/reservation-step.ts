import { toIso } from '../../../shared/core/instant.ts';
import { type CellPlan, toCellChanges } from '../ledger/cell-plan.ts';
import type { Change } from '../ledger/change.ts';
import { type CommandContext, movementContext } from '../ledger/decision.ts';
import type { Reservation } from '../ledger/reservation.ts';
import { reservationReference } from './reserve.ts';

type Step = {
  /** Names the step in the movements' ids; once for each reservation, or for each version of it. */
  readonly name: string;
  readonly plans: readonly CellPlan[];
  readonly changes: Partial<Reservation> & Pick<Reservation, 'status'>;
};

/** The next version of a reservation, with what it moves. Written only while the reservation is at the version read. */
export function advanceReservation(
  reservation: Reservation,
  step: Step,
  context: CommandContext,
): { after: Reservation; change: Change } {
  const operationId = `${reservation.reservationId}.${step.name}`;
  const after: Reservation = {
    ...reservation,
    ...step.changes,
    version: reservation.version + 1,
    updatedAt: toIso(context.now),
    correlationId: context.correlationId,
  };
  const change: Change = {
    operationId,
    at: context.now,
    correlationId: context.correlationId,
    idempotencyRecord: { kind: 'reservation', after, expectedVersion: reservation.version },
    cells: toCellChanges(
      step.plans,
      movementContext(operationId, context, reservationReference(after)),
    ),
  };
  return { after, change };
}

type Tombstone = {
  readonly reservationId: string;
  readonly orderId?: string | undefined;
  readonly changes: Partial<Reservation> & Pick<Reservation, 'status'>;
};

/** A record for a reservation that is not there, so that whatever comes late is refused. It moves nothing. */
export function createTombstone(
  tombstone: Tombstone,
  { now, correlationId }: CommandContext,
): { after: Reservation; change: Change } {
  const after: Reservation = {
    reservationId: tombstone.reservationId,
    lines: [],
    ...(tombstone.orderId === undefined ? {} : { orderId: tombstone.orderId }),
    extensions: [],
    version: 1,
    createdAt: toIso(now),
    updatedAt: toIso(now),
    correlationId,
    ...tombstone.changes,
  };
  return {
    after,
    change: {
      operationId: `${tombstone.reservationId}.mark`,
      at: now,
      correlationId,
      idempotencyRecord: { kind: 'reservation', after, expectedVersion: undefined },
      cells: [],
    },
  };
}
