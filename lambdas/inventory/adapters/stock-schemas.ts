import * as z from 'zod/mini';
import { Account, AdjustmentReason, MovementKind } from '../../contracts/inventory-api.ts';
import {
  BALANCE_UNITS_MAX,
  Balance,
  EpochMilliseconds,
  EpochSeconds,
  Id,
  LocationId,
  SHARDS_MAX,
  Sku,
  Slot,
} from '../../contracts/primitives.ts';

/** Parts that several kinds of records of the table have in common. */

export const Text = z.string().check(z.minLength(1));
export const Units = z.int().check(z.minimum(1), z.maximum(BALANCE_UNITS_MAX));
export const Count = z.int().check(z.minimum(0));
export const Version = z.int().check(z.minimum(1));
export const Shard = z.int().check(z.minimum(0), z.maximum(SHARDS_MAX - 1));
export const Shards = z.int().check(z.minimum(1), z.maximum(SHARDS_MAX));
export const cellKey = { sku: Sku, locationId: LocationId, shard: Shard };
export const Accounts = { available: Balance, held: z.record(Slot, Balance), committed: Balance };

export const Place = z
  .object({
    account: Account,
    slot: z.exactOptional(EpochSeconds),
    shard: z.exactOptional(Shard),
  })
  .check(z.refine(({ account, slot }) => (account === 'held') === (slot !== undefined)));

export const MovementRecord = z.object({
  movementId: Text,
  at: EpochMilliseconds,
  kind: MovementKind,
  quantity: Units,
  from: Place,
  to: Place,
  by: z.string(),
  reservationId: z.exactOptional(Id),
  orderId: z.exactOptional(Id),
  reason: z.exactOptional(AdjustmentReason),
  note: z.exactOptional(z.string()),
  reference: z.exactOptional(z.string()),
  effectiveAt: z.exactOptional(EpochMilliseconds),
  restored: z.exactOptional(z.literal(true)),
  findingId: z.exactOptional(z.string()),
});
