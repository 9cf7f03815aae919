import * as z from 'zod/mini';
import { LocationId, Text } from '../primitives.ts';

export const LocationPath = z.strictObject({ locationId: LocationId });

const PRIORITY_MAX = 10_000;
const ADDRESS_LINES_MAX = 5;
const EXTERNAL_IDS_MAX = 20;

export const LocationKind = z.enum(['warehouse', 'store', 'dropship']);
export type LocationKind = z.infer<typeof LocationKind>;
/** Sourcing prefers the location with the lower number; among equals `main`, then by id. */
export const LocationPriority = z.int().check(z.minimum(0), z.maximum(PRIORITY_MAX));

export const LocationAddress = z.strictObject({
  country: z
    .string()
    .check(z.regex(/^[A-Z]{2}$/, 'must be a country code of ISO 3166-1, for example DE')),
  postalCode: z.exactOptional(Text),
  city: z.exactOptional(Text),
  lines: z.exactOptional(z.array(Text).check(z.minLength(1), z.maxLength(ADDRESS_LINES_MAX))),
});
export type LocationAddress = z.infer<typeof LocationAddress>;

const TimeZone = z
  .string()
  .check(
    z.regex(
      /^[A-Za-z][A-Za-z0-9_+-]{0,31}(\/[A-Za-z0-9_+-]{1,32}){0,2}$/,
      'must be the name of a time zone, for example Europe/Berlin',
    ),
  );

/** Ids of the location in other systems, by the name of the system. */
export const ExternalIds = z
  .record(
    z
      .string()
      .check(
        z.regex(
          /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
          'must be 1 to 64 letters, digits, dots, dashes or underscores, and begin with a letter or digit',
        ),
      ),
    Text,
  )
  .check(
    z.refine(
      (ids) => Object.keys(ids).length <= EXTERNAL_IDS_MAX,
      `must have at most ${EXTERNAL_IDS_MAX} systems`,
    ),
  );

/** Replaces all settings: a setting that is missing gets its default or is cleared. */
export const PutLocationRequest = z.strictObject({
  name: Text,
  kind: LocationKind,
  /** False for a location from which nothing is sold. It still takes receipts and counts. */
  active: z._default(z.boolean(), true),
  ships: z._default(z.boolean(), true),
  pickup: z._default(z.boolean(), false),
  priority: z._default(LocationPriority, 100),
  address: z.exactOptional(LocationAddress),
  timeZone: z.exactOptional(TimeZone),
  externalIds: z.exactOptional(ExternalIds),
});
export type PutLocationRequest = z.infer<typeof PutLocationRequest>;

export const LocationView = z.object({
  locationId: LocationId,
  name: z.string(),
  kind: LocationKind,
  active: z.boolean(),
  ships: z.boolean(),
  pickup: z.boolean(),
  priority: z.int(),
  address: z.exactOptional(LocationAddress),
  timeZone: z.exactOptional(z.string()),
  externalIds: z.exactOptional(ExternalIds),
});
export type LocationView = z.infer<typeof LocationView>;
