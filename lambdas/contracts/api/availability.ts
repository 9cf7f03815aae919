import * as z from 'zod/mini';
import { LocationId, Sku, Timestamp } from '../primitives.ts';

export const AVAILABILITY_SKUS_MAX = 100;
const AVAILABILITY_LOCATIONS_MAX = 20;
/** Maximum cells of the SKUs of a request: 20 BatchGetItem calls. */
export const AVAILABILITY_CELLS_MAX = 2_000;

export const AvailabilityRequest = z.strictObject({
  skus: z.array(Sku).check(z.minLength(1), z.maxLength(AVAILABILITY_SKUS_MAX)),
  locationIds: z.exactOptional(
    z.array(LocationId).check(z.minLength(1), z.maxLength(AVAILABILITY_LOCATIONS_MAX)),
  ),
});
export type AvailabilityRequest = z.infer<typeof AvailabilityRequest>;

/** `out`: no unit can be sold. `low`: fewer than the threshold. `in`: any other number. */
export const Level = z.enum(['in', 'low', 'out']);
export type Level = z.infer<typeof Level>;

/** Input of a look. It looks at what is due when it runs, whatever the scheduled time. */
export const ScheduledLook = z.object({ scheduledTime: z.optional(z.string()) });

const Units = { sellable: z.int(), onHand: z.int() };

export const AvailabilityItem = z.object({
  sku: Sku,
  ...Units,
  locations: z.array(z.object({ locationId: LocationId, ...Units })),
});
export type AvailabilityItem = z.infer<typeof AvailabilityItem>;

export const AvailabilityView = z.object({
  asOf: Timestamp,
  /** In the order of the request, each SKU once. */
  items: z.array(AvailabilityItem),
  /** SKUs of the request without a record. */
  unknown: z.array(Sku),
});
export type AvailabilityView = z.infer<typeof AvailabilityView>;
