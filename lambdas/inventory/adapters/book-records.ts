import type { Item } from '../../shared/dynamodb/item.ts';
import type { MovementBatch } from '../domain/audit/balance-replay.ts';
import type { BookRecord } from '../domain/ledger/events.ts';
import { BALANCE, CHECKPOINT, MOVEMENTS } from './cell-records.ts';
import { LEVEL_SWEEP, STOCK_LEVEL } from './levels/level-records.ts';
import { LOCATION } from './location-records.ts';
import { OPERATION, RESERVATION } from './reservation-records.ts';
import { STOCK_ITEM, toStockItem } from './stock-item-records.ts';

/** Every kind of record of the table. */
export const BOOK_RECORDS = [
  BALANCE,
  MOVEMENTS,
  CHECKPOINT,
  RESERVATION,
  OPERATION,
  STOCK_ITEM,
  STOCK_LEVEL,
  LEVEL_SWEEP,
  LOCATION,
] as const;

export const isBalance = BALANCE.matches;
export const isCheckpoint = CHECKPOINT.matches;
export const isReservation = RESERVATION.matches;
export const isOperation = OPERATION.matches;
export const isStockItem = STOCK_ITEM.matches;
export const isLocation = LOCATION.matches;

export const toCell = BALANCE.read;
export const toReservation = RESERVATION.read;
export const toOperation = OPERATION.read;
export const toCheckpoint = CHECKPOINT.read;
export const toLocation = LOCATION.read;

/** Reads an item of movements. Its sort key is `MOVE#<time>#<operation>`. */
export function toMovementBatch(item: Item): MovementBatch {
  const { movements } = MOVEMENTS.read(item);
  const key = String(item.sk);
  const [, time = '', ...operationId] = key.split('#');
  return { key, at: Date.parse(time), operationId: operationId.join('#'), movements };
}
export const toMovementsRecord = MOVEMENTS.read;

/** Returns the domain's record of a stream item, or undefined for kinds that publish no events. */
export function toBookRecord(item: Item | undefined): BookRecord | undefined {
  if (item === undefined) return undefined;
  if (MOVEMENTS.matches(item)) {
    const { movements, correlationId, sku, locationId, shard } = MOVEMENTS.read(item);
    return { type: 'movements', cell: { sku, locationId, shard }, movements, correlationId };
  }
  if (isReservation(item)) return { type: 'reservation', reservation: toReservation(item) };
  if (isStockItem(item)) return { type: 'stockItem', stockItem: toStockItem(item) };
  if (STOCK_LEVEL.matches(item)) return { type: 'stockLevel', stockLevel: STOCK_LEVEL.read(item) };
  return undefined;
}
