import { defined } from '../../../shared/core/defined.ts';
import { type EpochSeconds, toIso } from '../../../shared/core/instant.ts';
import type { Allocation } from '../ledger/allocation.ts';
import { cellIdOf } from '../ledger/cell.ts';
import { type CellPlan, takeAvailable, toCellChanges } from '../ledger/cell-plan.ts';
import type { CellChange, Change } from '../ledger/change.ts';
import { bucketFor, type CommandContext, movementContext } from '../ledger/decision.ts';
import { heldInBucket, type MovementContext } from '../ledger/movement.ts';
import type { Owner, Reservation, ReservationLine } from '../ledger/reservation.ts';

type NewReservation = CommandContext & {
  readonly reservationId: string;
  readonly orderId?: string | undefined;
  readonly owner?: Owner | undefined;
  readonly holdSeconds: number;
  readonly bucketSeconds: number;
  readonly fingerprint: string;
};

/** Returns the first version of a reservation, and the change that holds its units. */
export function createReservation(
  {
    reservationId,
    orderId,
    owner,
    holdSeconds,
    bucketSeconds,
    fingerprint,
    ...context
  }: NewReservation,
  allocations: readonly Allocation[],
): { after: Reservation; change: Change } {
  const { now, correlationId } = context;
  const cells = allocations.map(({ cell }) => cell);
  const bucket = bucketFor(now, holdSeconds, bucketSeconds, cells);
  const lines = allocations.map(({ cell, quantity }): ReservationLine => {
    const { sku, locationId, shard } = cell;
    return { sku, locationId, shard, quantity };
  });
  const after: Reservation = {
    reservationId,
    status: 'HELD',
    lines,
    heldUntil: bucket,
    ...defined({ orderId, owner: storedOwnerOf(owner) }),
    fingerprint,
    extensions: [],
    version: 1,
    createdAt: toIso(now),
    updatedAt: toIso(now),
    correlationId,
  };
  const operationId = reserveOperationId(reservationId);
  const movements = movementContext(operationId, context, reservationReference(after));
  const change: Change = {
    operationId,
    at: now,
    correlationId,
    idempotencyRecord: { kind: 'reservation', after, expectedVersion: undefined },
    cells: planHold(allocations, bucket, movements),
  };
  return { after, change };
}

function planHold(
  allocations: readonly Allocation[],
  bucket: EpochSeconds,
  context: MovementContext,
): CellChange[] {
  const to = heldInBucket(bucket);
  const plans = allocations.map(({ cell, quantity }): CellPlan => {
    const plan = takeAvailable(cell, {
      quantity,
      kind: 'RESERVED',
      to,
      now: context.at,
      keepsFloor: true,
    });
    if (plan === undefined)
      throw new Error(`cell ${cellIdOf(cell)} was allocated and has too few units`);
    return plan;
  });
  return toCellChanges(plans, context);
}

type Step = {
  /** Name of the step in the movements' ids: unique in the reservation, or in a version of it. */
  readonly name: string;
  readonly plans: readonly CellPlan[];
  readonly changes: Partial<Reservation> & Pick<Reservation, 'status'>;
};

/**
 * Returns the next version of a reservation, and the change that writes it while the reservation is
 * at the version that was read.
 */
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
  readonly owner?: Owner | undefined;
  readonly changes: Partial<Reservation> & Pick<Reservation, 'status'>;
};

/**
 * Returns a record for a reservation that does not exist, so that a late request is rejected. It
 * moves no unit.
 */
export function createTombstone(
  tombstone: Tombstone,
  { now, correlationId }: CommandContext,
): { after: Reservation; change: Change } {
  const after: Reservation = {
    reservationId: tombstone.reservationId,
    lines: [],
    ...defined({ orderId: tombstone.orderId, owner: storedOwnerOf(tombstone.owner) }),
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
      operationId: `${tombstone.reservationId}.tombstone`,
      at: now,
      correlationId,
      idempotencyRecord: { kind: 'reservation', after, expectedVersion: undefined },
      cells: [],
    },
  };
}

const storedOwnerOf = (owner: Owner | undefined): Owner | undefined =>
  owner === 'order' ? undefined : owner;

/** Names the step that makes a reservation. */
export const reserveOperationId = (reservationId: string): string => `${reservationId}.reserve`;

/** Returns the fields that each movement of a reservation's step has. */
export const reservationReference = ({ reservationId, orderId }: Reservation) => ({
  reservationId,
  ...defined({ orderId }),
});
