import * as z from 'zod/mini';
import { Account, MovementDetails, MovementKind } from '../../contracts/api/inventory.ts';
import {
  BALANCE_UNITS_MAX,
  Balance,
  EpochMilliseconds,
  EpochSeconds,
  ExpiryBucket,
  Id,
  PlaceId,
  SHARDS_MAX,
  Sku,
} from '../../contracts/primitives.ts';
import {
  defineRecordKind,
  type RecordKind,
  type RecordKindOptions,
} from '../../shared/dynamodb/read-record.ts';

/** Defines a kind of record of the inventory table. */
export const defineBookRecord = <Value>(
  options: Omit<RecordKindOptions<Value>, 'table'>,
): RecordKind<Value> => defineRecordKind({ table: 'inventory', ...options });

export const Text = z.string().check(z.minLength(1));
export const Units = z.int().check(z.minimum(1), z.maximum(BALANCE_UNITS_MAX));
export const Count = z.int().check(z.minimum(0));
export const Version = z.int().check(z.minimum(1));
export const Shard = z.int().check(z.minimum(0), z.maximum(SHARDS_MAX - 1));
export const ShardCount = z.int().check(z.minimum(1), z.maximum(SHARDS_MAX));
export const cellKey = { sku: Sku, locationId: PlaceId, shard: Shard };
export const Accounts = {
  available: Balance,
  held: z.record(ExpiryBucket, Balance),
  committed: Balance,
};

export const AccountRef = z
  .object({
    account: Account,
    bucket: z.exactOptional(EpochSeconds),
    shard: z.exactOptional(Shard),
    locationId: z.exactOptional(PlaceId),
  })
  .check(z.refine(({ account, bucket }) => (account === 'held') === (bucket !== undefined)));

export const MovementRecord = z.object({
  movementId: Text,
  at: EpochMilliseconds,
  kind: MovementKind,
  quantity: Units,
  from: AccountRef,
  to: AccountRef,
  by: z.string(),
  reservationId: z.exactOptional(Id),
  orderId: z.exactOptional(Id),
  ...MovementDetails.shape,
  effectiveAt: z.exactOptional(EpochMilliseconds),
  restored: z.exactOptional(z.literal(true)),
  findingId: z.exactOptional(z.string()),
});
