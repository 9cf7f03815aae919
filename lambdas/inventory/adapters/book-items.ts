import { epochSecondsAfterDays, SECONDS_PER_DAY, toIso } from '../../shared/core/instant.ts';
import type { Item } from '../../shared/dynamodb/item.ts';
import type { Key } from '../../shared/dynamodb/table.ts';
import type { Checkpoint } from '../domain/audit/checkpoint.ts';
import type { CellKey } from '../domain/ledger/cell.ts';
import type { CellChange, Change, OperationRecord } from '../domain/ledger/change.ts';
import type { Reservation } from '../domain/ledger/reservation.ts';
import type { StockItem } from '../domain/ledger/stock-item.ts';
import { reserveOperationId } from '../domain/reservations/reservation-step.ts';

/** A reservation that came to nothing is kept so long; then only its movements tell of it. */
export const CLOSED_RESERVATION_RETENTION_DAYS = 7;
/** What marks a change that stands is kept longer than any repeat of its request could take. */
export const RECORD_RETENTION_DAYS = 400;

export const CELL_PREFIX = 'CELL#';
export const RESERVATION_PREFIX = 'RESERVATION#';
export const SKU_PREFIX = 'SKU#';
export const OPERATION_PREFIX = 'OPERATION#';

export const cellPk = ({ sku, locationId, shard }: CellKey): string =>
  `${CELL_PREFIX}${sku}#${locationId}#${shard}`;
export const balanceKey = (cell: CellKey): Key => ({ pk: cellPk(cell), sk: 'BALANCE' });
export const reservationKey = (id: string): Key => ({
  pk: RESERVATION_PREFIX + id,
  sk: 'RESERVATION',
});
export const skuKey = (sku: string): Key => ({ pk: SKU_PREFIX + sku, sk: 'SKU' });
export const operationKey = (id: string): Key => ({ pk: OPERATION_PREFIX + id, sk: 'OPERATION' });
export const operationIdOf = (pk: string): string => pk.slice(OPERATION_PREFIX.length);

export const checkpointKey = (cell: CellKey): Key => ({ pk: cellPk(cell), sk: 'CHECKPOINT' });

export const MOVEMENTS_PREFIX = 'MOVE#';

/** All movements of one cell by one change, in one item: 25 lines that each fold stay within a transaction's 100 actions. */
export const movementsItem = (
  { cell, movements }: CellChange,
  { at, operationId, correlationId }: Change,
): Item => ({
  pk: cellPk(cell),
  sk: `${MOVEMENTS_PREFIX}${toIso(at)}#${operationId}`,
  type: 'movements',
  sku: cell.sku,
  locationId: cell.locationId,
  shard: cell.shard,
  movements,
  correlationId,
});

/** Of the movements by which a reservation came to hold a line; its reserving is its first step, and made its record. */
export const reserveMovementsKey = (
  { reservationId, createdAt }: Reservation,
  line: CellKey,
): Key => ({
  pk: cellPk(line),
  sk: `${MOVEMENTS_PREFIX}${createdAt}#${reserveOperationId(reservationId)}`,
});

export const checkpointItem = (cell: CellKey, checkpoint: Checkpoint): Record<string, unknown> => ({
  ...checkpointKey(cell),
  type: 'checkpoint',
  ...checkpoint,
});

export const reservationItem = (reservation: Reservation, change: Change): Item => ({
  ...reservationKey(reservation.reservationId),
  type: 'reservation',
  ...reservation,
  ttl: ttlOf(reservation, change),
});

/**
 * Returns when DynamoDB deletes the record, which moves no units and ends no hold: `heldUntil` does that. Committed units keep their
 * record; every other record is deleted long after it was settled.
 */
function ttlOf({ status, heldUntil }: Reservation, { at }: Change): number | undefined {
  switch (status) {
    case 'HELD':
      return (heldUntil ?? 0) + CLOSED_RESERVATION_RETENTION_DAYS * SECONDS_PER_DAY;
    case 'RELEASED':
    case 'EXPIRED':
      return epochSecondsAfterDays(at, CLOSED_RESERVATION_RETENTION_DAYS);
    case 'COMMITTED':
      return undefined;
    case 'FULFILLED':
      return epochSecondsAfterDays(at, RECORD_RETENTION_DAYS);
  }
}

/** `operationCell` puts the mark of an entry into the sparse index of a cell's marks, which an audit asks. */
export const operationItem = (operation: OperationRecord): Item => ({
  ...operationKey(operation.operationId),
  type: 'operation',
  ...operation,
  ...(operation.entry === undefined ? {} : { operationCell: cellPk(operation.entry.cell) }),
  ttl: epochSecondsAfterDays(operation.at, RECORD_RETENTION_DAYS),
});

/** `listedSku` puts the sku, and nothing else, into the sparse index that lists skus. */
export const skuItem = (sku: StockItem): Item => ({
  ...skuKey(sku.sku),
  type: 'stockItem',
  ...sku,
  listedSku: sku.sku,
});
