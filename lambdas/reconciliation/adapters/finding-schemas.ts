import * as z from 'zod/mini';
import { Accounts, CellName, LostMovement } from '../../contracts/api/audit.ts';
import { FindingKind, FindingStatus } from '../../contracts/api/reconciliation.ts';
import { Id, Quantity, Sku, Timestamp } from '../../contracts/primitives.ts';
import { CountToPost } from './count-schemas.ts';

const Text = z.string().check(z.minLength(1));
const NonNegativeInteger = z.int().check(z.minimum(0));
const Version = z.int().check(z.minimum(1));

const Command = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('rebuildBalance'),
    cell: CellName,
    version: NonNegativeInteger,
    accounts: Accounts,
  }),
  z.object({
    action: z.literal('restoreMovements'),
    cell: CellName,
    version: NonNegativeInteger,
    lost: z.array(LostMovement),
  }),
  z.object({
    action: z.enum(['followMovements', 'releaseStock', 'commitStock', 'shipStock']),
    reservationId: Id,
    version: NonNegativeInteger,
    cell: z.exactOptional(CellName),
  }),
  z.object({
    action: z.literal('restoreReservation'),
    reservationId: Id,
    version: z.literal(0),
    placedAt: Timestamp,
    lines: z.array(z.object({ sku: Sku, quantity: Quantity })),
  }),
  z.object({
    action: z.enum(['resumeOrder', 'cancelOrder']),
    orderId: Id,
    version: NonNegativeInteger,
  }),
  z.object({
    action: z.enum(['capturePayment', 'reversePayment']),
    orderId: Id,
    attempt: Version,
    version: NonNegativeInteger,
  }),
  z.object({
    action: z.literal('postCount'),
    count: CountToPost,
    unfulfillable: z.array(z.string()),
  }),
]);
/** Actions of stored commands. A test compares them with the actions of the domain. */
export type StoredAction = z.infer<typeof Command>['action'];

export const FindingRecord = z.object({
  findingId: Id,
  kind: FindingKind,
  subject: Text,
  expected: z.unknown(),
  actual: z.unknown(),
  difference: z.unknown(),
  units: NonNegativeInteger,
  explanation: z.string(),
  records: z.array(z.unknown()),
  since: Timestamp,
  repair: z.exactOptional(
    z.object({
      command: Command,
      effect: z.string(),
      units: z.array(z.object({ sku: Sku, units: NonNegativeInteger })),
      isSafe: z.boolean(),
    }),
  ),
  status: FindingStatus,
  revision: Version,
  occurrence: Version,
  detectedAt: Timestamp,
  lastSeenAt: Timestamp,
  reconciliationId: z.exactOptional(Id),
  approval: z.exactOptional(
    z.object({
      revision: Version,
      by: z.string(),
      at: Timestamp,
      isByPolicy: z.boolean(),
      orderDecision: z.exactOptional(z.enum(['cancel', 'keep'])),
      command: Command,
    }),
  ),
  note: z.exactOptional(z.string()),
  lastError: z.exactOptional(z.string()),
  timeline: z.array(
    z.object({
      at: Timestamp,
      status: FindingStatus,
      by: z.string(),
      note: z.exactOptional(z.string()),
    }),
  ),
  version: Version,
  updatedAt: Timestamp,
  correlationId: z.string(),
});
