import * as z from 'zod/mini';
import { ReservationStatus } from '../../contracts/api/reservations.ts';
import {
  EpochMilliseconds,
  EpochSeconds,
  Id,
  Quantity,
  Sku,
  Timestamp,
} from '../../contracts/primitives.ts';
import type { OperationRecord } from '../domain/ledger/change.ts';
import {
  type Owner as OwnerOfReservation,
  openUnitsOf,
  type Reservation,
} from '../domain/ledger/reservation.ts';
import {
  OPERATION_PREFIX,
  operationKey,
  RESERVATION_PREFIX,
  reservationKey,
} from './book-items.ts';
import { cellKey, defineBookRecord, MovementRecord, Text, Version } from './book-schemas.ts';

const ReservationLine = z
  .object({
    ...cellKey,
    quantity: Quantity,
    shipped: z.exactOptional(Quantity),
    released: z.exactOptional(Quantity),
  })
  .check(z.refine((line) => openUnitsOf(line) >= 0, { path: ['quantity'] }));
const OWNER = /^(?:order|inbound|service:.+)$/;
const Owner = z.custom<OwnerOfReservation>(
  (value) => typeof value === 'string' && OWNER.test(value),
);
const PartStep = z.object({
  stepId: Id,
  kind: z.enum(['ship', 'release']),
  fingerprint: z.string(),
  at: EpochMilliseconds,
});

export const RESERVATION = defineBookRecord<Reservation>({
  type: 'reservation',
  pk: RESERVATION_PREFIX,
  sk: 'RESERVATION',
  keyOf: ({ reservationId }) => reservationKey(reservationId),
  storageOnly: ['ttl', 'ownedBy', 'ownedSince'],
  schema: z
    .object({
      reservationId: Id,
      status: ReservationStatus,
      lines: z.array(ReservationLine),
      heldUntil: z.exactOptional(EpochSeconds),
      orderId: z.exactOptional(Id),
      owner: z.exactOptional(Owner),
      fingerprint: z.exactOptional(z.string()),
      extensions: z.array(
        z.object({ operationId: Text, fingerprint: z.string(), heldUntil: EpochSeconds }),
      ),
      steps: z.exactOptional(z.array(PartStep)),
      commitFailure: z.exactOptional(
        z.object({
          code: z.enum(['RESERVATION_EXPIRED', 'RESERVATION_RELEASED', 'RESERVATION_UNKNOWN']),
          shortages: z.array(z.object({ sku: Sku, requested: z.int(), available: z.int() })),
        }),
      ),
      repairs: z.exactOptional(
        z.array(
          z.object({
            findingId: Text,
            version: z.int(),
            action: Text,
            at: EpochMilliseconds,
            statusBefore: ReservationStatus,
            omitted: z.exactOptional(z.int()),
          }),
        ),
      ),
      version: Version,
      createdAt: Timestamp,
      updatedAt: Timestamp,
      correlationId: z.string(),
    })
    .check(
      z.refine(({ status, heldUntil }) => status !== 'HELD' || heldUntil !== undefined, {
        path: ['heldUntil'],
      }),
    ),
});

export const OPERATION = defineBookRecord<OperationRecord>({
  type: 'operation',
  pk: OPERATION_PREFIX,
  sk: 'OPERATION',
  keyOf: ({ operationId }) => operationKey(operationId),
  storageOnly: ['ttl', 'operationCell'],
  schema: z.object({
    operationId: Text,
    fingerprint: z.string(),
    result: z.exactOptional(z.record(z.string(), z.unknown())),
    at: EpochMilliseconds,
    entry: z.exactOptional(z.object({ cell: z.object(cellKey), movement: MovementRecord })),
  }),
});
