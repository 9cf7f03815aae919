import * as z from 'zod/mini';
import {
  Id,
  ListQuery,
  LocationId,
  maxQuantityPerSku,
  ORDER_LINES_MAX,
  Quantity,
  Sku,
  Timestamp,
} from '../primitives.ts';

export const HOLD_SECONDS_DEFAULT = 600;
export const HOLD_SECONDS_MAX = 3600;
/** Maximum delay of a hold's end: holds end at the end of an expiry bucket. */
export const HOLD_GRANULARITY_SECONDS_MAX = 60;

export const ReservationPath = z.strictObject({ reservationId: Id });

/** Maximum locations that a line may name: a SKU has no more. */
const SOURCES_MAX = 20;
/**
 * Source of a line. An id is that location only. `anyOf` names locations in the order of
 * preference; by default all that are active and ship, by priority. With `split` false all units
 * come from one location.
 */
export const Source = z.union([
  LocationId,
  z.strictObject({
    anyOf: z.optional(z.array(LocationId).check(z.minLength(1), z.maxLength(SOURCES_MAX))),
    split: z._default(z.boolean(), true),
  }),
]);

export const ReservationLine = z.strictObject({
  sku: Sku,
  quantity: Quantity,
  from: z.optional(Source),
});

/**
 * Length of a hold in seconds: at least one expiry bucket, which is 60 seconds by default. It is
 * not the record's `ttl`, which is when DynamoDB deletes the reservation, long after the hold
 * expired.
 */
export const holdSecondsOf = (minimumSeconds: number) =>
  z.int().check(z.minimum(minimumSeconds), z.maximum(HOLD_SECONDS_MAX));

export const reserveStockRequest = (minimumSeconds: number) =>
  z.strictObject({
    lines: z
      .array(ReservationLine)
      .check(z.minLength(1), z.maxLength(ORDER_LINES_MAX), maxQuantityPerSku),
    holdSeconds: z.optional(holdSecondsOf(minimumSeconds)),
    orderId: z.optional(Id),
    /** The customer collects the units: all locations must be pickup locations. */
    pickup: z.optional(z.literal(true)),
  });
export type ReserveStockRequest = z.infer<ReturnType<typeof reserveStockRequest>>;

export const extendReservationRequest = (minimumSeconds: number) =>
  z.strictObject({ holdSeconds: holdSecondsOf(minimumSeconds) });

/** Maximum cells, and with them lines, of a reservation: what one transaction can write. */
const RESERVATION_LINES_MAX = 49;

/** Step that ships or releases units of a committed reservation, all lines or none. */
export const PartStepRequest = z.strictObject({
  /** Identifies the step in its reservation: the same step twice takes nothing twice. */
  stepId: Id,
  /** Units to take. By default all that are open. */
  lines: z.optional(
    z
      .array(z.strictObject({ sku: Sku, locationId: LocationId, quantity: Quantity }))
      .check(z.minLength(1), z.maxLength(RESERVATION_LINES_MAX)),
  ),
});
export type PartStepRequest = z.infer<typeof PartStepRequest>;

/** Query for a page of the caller's committed reservations. */
export const OwnReservationsQuery = z.strictObject({
  ...ListQuery.shape,
  owner: z.literal('me'),
  status: z.literal('COMMITTED'),
});

export const ReservationStatus = z.enum(['HELD', 'EXPIRED', 'COMMITTED', 'RELEASED', 'FULFILLED']);
export type ReservationStatus = z.infer<typeof ReservationStatus>;

/** Fields of inventory's responses that orders reads; unknown fields are ignored. */
export const ReservationView = z.object({
  reservationId: z.string(),
  status: ReservationStatus,
  expiresAt: z.nullable(Timestamp),
  orderId: z.optional(z.string()),
  /** Service that made it: `service:<account>/role/<name>`. Absent for reservations of orders. */
  owner: z.optional(z.string()),
  lines: z.array(
    z.object({
      sku: z.string(),
      quantity: z.int(),
      locationId: z.string(),
      /** Committed units that were shipped. Absent for 0. */
      shipped: z.optional(z.int()),
      /** Committed units that were released. Absent for 0. */
      released: z.optional(z.int()),
    }),
  ),
});
export type ReservationView = z.infer<typeof ReservationView>;

export const Shortage = z.object({ sku: Sku, requested: z.int(), available: z.int() });
export type Shortage = z.infer<typeof Shortage>;
/** Shortage with the available units at each location that may serve the line. */
export const LocatedShortage = z.extend(Shortage, {
  at: z.array(z.object({ locationId: LocationId, available: z.int() })),
});
export type LocatedShortage = z.infer<typeof LocatedShortage>;
