import * as z from 'zod/mini';
import { Balance, Id, LocationId, Sku, Timestamp } from '../../contracts/primitives.ts';

const NonNegativeInteger = z.int().check(z.minimum(0));
const Version = z.int().check(z.minimum(1));

/** Count that a finding proposes to post. */
export const CountToPost = z.object({
  countId: Id,
  sku: Sku,
  locationId: LocationId,
  counted: NonNegativeInteger,
  countedAt: Timestamp,
  expected: Balance,
  delta: Balance,
  lastCountId: z.exactOptional(z.string()),
  lastAdjustmentId: z.exactOptional(z.string()),
  reference: z.exactOptional(z.string()),
});

const countRecord = {
  countId: Id,
  sku: Sku,
  locationId: LocationId,
  counted: NonNegativeInteger,
  countedAt: Timestamp,
  reference: z.exactOptional(z.string()),
  fingerprint: z.string(),
  by: z.string(),
  version: Version,
  updatedAt: Timestamp,
  correlationId: z.string(),
};
/** Stored record of a count. */
export const CountRecord = z.discriminatedUnion('status', [
  z.object({ ...countRecord, status: z.literal('RECEIVED') }),
  z.object({
    ...countRecord,
    status: z.enum(['PLANNED', 'POSTED', 'PENDING_APPROVAL', 'SUPERSEDED']),
    expected: z.int(),
    difference: z.int(),
    delta: z.int(),
    lastCountId: z.exactOptional(z.string()),
    lastAdjustmentId: z.exactOptional(z.string()),
    findingId: z.exactOptional(Id),
    supersededBy: z.exactOptional(Id),
  }),
]);
