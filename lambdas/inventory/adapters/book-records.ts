import * as z from 'zod/mini';
import { AdjustmentReason, ReservationStatus } from '../../contracts/api/inventory.ts';
import {
  Balance,
  EpochMilliseconds,
  EpochSeconds,
  Id,
  LocationId,
  Quantity,
  Sku as SkuName,
  Timestamp,
} from '../../contracts/primitives.ts';
import type { Item } from '../../shared/dynamodb/item.ts';
import {
  defineRecordKind,
  type RecordKind,
  type RecordKindOptions,
} from '../../shared/dynamodb/read-record.ts';
import type { MovementBatch } from '../domain/audit/balance-replay.ts';
import type { Checkpoint } from '../domain/audit/checkpoint.ts';
import type { Cell } from '../domain/ledger/cell.ts';
import type { OperationRecord } from '../domain/ledger/change.ts';
import type { BookRecord } from '../domain/ledger/events.ts';
import type { Movement } from '../domain/ledger/movement.ts';
import type { Reservation } from '../domain/ledger/reservation.ts';
import type { StockItem } from '../domain/ledger/stock-item.ts';
import {
  balanceKey,
  CELL_PREFIX,
  cellPk,
  MOVEMENTS_PREFIX,
  OPERATION_PREFIX,
  operationKey,
  RESERVATION_PREFIX,
  reservationKey,
  SKU_PREFIX,
  skuKey,
} from './book-items.ts';
import {
  Accounts,
  Count,
  cellKey,
  MovementRecord,
  ShardCount,
  Text,
  Units,
  Version,
} from './book-schemas.ts';

const TABLE = 'inventory';
const kindOf = <Value>(options: Omit<RecordKindOptions<Value>, 'table'>): RecordKind<Value> =>
  defineRecordKind({ table: TABLE, ...options });

const BALANCE = kindOf<Cell>({
  type: 'balance',
  pk: CELL_PREFIX,
  sk: 'BALANCE',
  keyOf: balanceKey,
  storageOnly: ['updatedAt'],
  schema: z.object({
    ...cellKey,
    ...Accounts,
    expiredThrough: EpochSeconds,
    version: Version,
    conflicts: z.exactOptional(Count),
    lastCount: z.exactOptional(
      z.object({
        countId: Text,
        countedAt: EpochMilliseconds,
        counted: Count,
        expected: Balance,
        postedAt: EpochMilliseconds,
        by: z.string(),
      }),
    ),
    lastAdjustment: z.exactOptional(
      z.object({
        movementId: Text,
        at: EpochMilliseconds,
        delta: Balance,
        reason: AdjustmentReason,
        by: z.string(),
      }),
    ),
  }),
});

type MovementsRecord = Pick<Cell, 'sku' | 'locationId' | 'shard'> & {
  readonly movements: readonly Movement[];
  readonly correlationId: string;
};
const MOVEMENTS_KEY = /^MOVE#\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z#./;

const MOVEMENTS = kindOf<MovementsRecord>({
  type: 'movements',
  pk: CELL_PREFIX,
  sk: MOVEMENTS_PREFIX,
  keyOf: (cell) => ({ pk: cellPk(cell) }),
  schema: z.object({
    sk: z.string().check(z.regex(MOVEMENTS_KEY)),
    ...cellKey,
    movements: z.array(MovementRecord).check(z.minLength(1)),
    correlationId: z.string(),
  }),
});

/** `<reservation> <order or -> <since> <committed> [<bucket>:<units>…]`. */
const POSITION = /^\S+ \S+ \d+ -?\d+( \d+:-?\d+)*$/;

const CHECKPOINT = kindOf<Checkpoint>({
  type: 'checkpoint',
  pk: CELL_PREFIX,
  sk: 'CHECKPOINT',
  schema: z.object({
    through: z.string().check(z.regex(MOVEMENTS_KEY)),
    throughAt: EpochMilliseconds,
    accounts: z.object(Accounts),
    positions: z.array(z.string().check(z.regex(POSITION))),
  }),
});

const RESERVATION = kindOf<Reservation>({
  type: 'reservation',
  pk: RESERVATION_PREFIX,
  sk: 'RESERVATION',
  keyOf: ({ reservationId }) => reservationKey(reservationId),
  storageOnly: ['ttl'],
  schema: z
    .object({
      reservationId: Id,
      status: ReservationStatus,
      lines: z.array(z.object({ ...cellKey, quantity: Quantity })),
      heldUntil: z.exactOptional(EpochSeconds),
      orderId: z.exactOptional(Id),
      fingerprint: z.exactOptional(z.string()),
      extensions: z.array(
        z.object({ operationId: Text, fingerprint: z.string(), heldUntil: EpochSeconds }),
      ),
      commitFailure: z.exactOptional(
        z.object({
          code: z.enum(['RESERVATION_EXPIRED', 'RESERVATION_RELEASED', 'RESERVATION_UNKNOWN']),
          shortages: z.array(z.object({ sku: SkuName, requested: z.int(), available: z.int() })),
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

const OPERATION = kindOf<OperationRecord>({
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

/** A record that was written before SKUs had shards does not have these. */
type ShardCounts = Pick<
  StockItem,
  'openShardCount' | 'peakShardCount' | 'transferCount' | 'unitsTransferred'
>;
const SINGLE_SHARD: ShardCounts = {
  openShardCount: 1,
  peakShardCount: 1,
  transferCount: 0,
  unitsTransferred: 0,
};

const STOCK_ITEM = kindOf<Omit<StockItem, keyof ShardCounts> & Partial<ShardCounts>>({
  type: 'stockItem',
  pk: SKU_PREFIX,
  sk: 'SKU',
  keyOf: ({ sku }) => skuKey(sku),
  storageOnly: ['listedSku'],
  schema: z.object({
    sku: SkuName,
    name: z.exactOptional(z.string()),
    lowStockThreshold: z.exactOptional(z.int()),
    countTolerance: z.exactOptional(
      z.object({ units: z.exactOptional(Count), percent: z.exactOptional(z.number()) }),
    ),
    shardCount: ShardCount,
    openShardCount: z.exactOptional(ShardCount),
    peakShardCount: z.exactOptional(ShardCount),
    transferCount: z.exactOptional(Count),
    unitsTransferred: z.exactOptional(Count),
    locations: z.array(LocationId).check(z.minLength(1)),
    isLow: z.boolean(),
    availableAtCrossing: z.int(),
    shardProposal: z.exactOptional(
      z.object({
        at: Timestamp,
        shardCount: ShardCount,
        proposedShardCount: ShardCount,
        changes: Count,
        conflicts: Count,
        isApplied: z.boolean(),
      }),
    ),
    consolidations: z.exactOptional(
      z.array(z.object({ locationId: LocationId, units: Units, at: EpochMilliseconds })),
    ),
    version: Version,
    createdAt: Timestamp,
    updatedAt: Timestamp,
    correlationId: z.string(),
  }),
});

/** Every kind of record in the table. */
export const BOOK_RECORDS = [
  BALANCE,
  MOVEMENTS,
  CHECKPOINT,
  RESERVATION,
  OPERATION,
  STOCK_ITEM,
] as const;

export const isBalance = BALANCE.matches;
export const isCheckpoint = CHECKPOINT.matches;
export const isReservation = RESERVATION.matches;
export const isOperation = OPERATION.matches;
export const isStockItem = STOCK_ITEM.matches;

export const toCell = BALANCE.read;
export const toReservation = RESERVATION.read;
export const toOperation = OPERATION.read;
export const toStockItem = (item: Item): StockItem => ({
  ...SINGLE_SHARD,
  ...STOCK_ITEM.read(item),
});
export const toCheckpoint = CHECKPOINT.read;

/** Reads `MOVE#<time>#<operation>`. */
export function toMovementBatch(item: Item): MovementBatch {
  const { movements } = MOVEMENTS.read(item);
  const key = String(item.sk);
  const [, time = '', ...operationId] = key.split('#');
  return { key, at: Date.parse(time), operationId: operationId.join('#'), movements };
}
export const toMovementsRecord = MOVEMENTS.read;

/** Returns what an item of the stream is to the domain; undefined for kinds of which nothing is published. */
export function toBookRecord(item: Item | undefined): BookRecord | undefined {
  if (item === undefined) return undefined;
  if (MOVEMENTS.matches(item)) {
    const { movements, correlationId, sku, locationId, shard } = MOVEMENTS.read(item);
    return { type: 'movements', cell: { sku, locationId, shard }, movements, correlationId };
  }
  if (isReservation(item)) return { type: 'reservation', reservation: toReservation(item) };
  if (isStockItem(item)) return { type: 'stockItem', sku: toStockItem(item) };
  return undefined;
}
