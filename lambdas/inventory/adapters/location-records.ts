import * as z from 'zod/mini';
import { LocationKind, LocationPriority } from '../../contracts/api/locations.ts';
import { LocationId, Timestamp } from '../../contracts/primitives.ts';
import type { Location } from '../domain/locations/location.ts';
import { LOCATION_PREFIX, LOCATIONS_PK, locationKey } from './book-items.ts';
import { defineBookRecord, Text, Version } from './book-schemas.ts';

export const LOCATION = defineBookRecord<Location>({
  type: 'location',
  pk: LOCATIONS_PK,
  sk: LOCATION_PREFIX,
  keyOf: ({ locationId }) => locationKey(locationId),
  schema: z.object({
    locationId: LocationId,
    name: Text,
    kind: LocationKind,
    active: z.boolean(),
    ships: z.boolean(),
    pickup: z.boolean(),
    priority: LocationPriority,
    address: z.exactOptional(
      z.object({
        country: Text,
        postalCode: z.exactOptional(Text),
        city: z.exactOptional(Text),
        lines: z.exactOptional(z.array(Text)),
      }),
    ),
    timeZone: z.exactOptional(Text),
    externalIds: z.exactOptional(z.record(Text, Text)),
    version: Version,
    createdAt: Timestamp,
    updatedAt: Timestamp,
    correlationId: z.string(),
  }),
});
