import { epochSecondsAfterDays, SECONDS_PER_DAY, toIso } from '../../shared/core/instant.ts';
import type { Item } from '../../shared/dynamodb/item.ts';
import type { Key } from '../../shared/dynamodb/table.ts';
import type { Checkpoint } from '../domain/audit/checkpoint.ts';
import type { CellKey } from '../domain/ledger/cell.ts';
import type { CellChange, Change, OperationRecord } from '../domain/ledger/change.ts';
import { ownerOf, type Reservation } from '../domain/ledger/reservation.ts';
import type { StockItem } from '../domain/ledger/stock-item.ts';
import type { Location } from '../domain/locations/location.ts';
import { reserveOperationId } from '../domain/reservations/reservation-step.ts';

/** Retention of a released or expired reservation. After it, only its movements remain. */
export const CLOSED_RESERVATION_RETENTION_DAYS = 7;
/** Retention of operations and fulfilled reservations: longer than any request is repeated. */
export const RECORD_RETENTION_DAYS = 400;

export const CELL_PREFIX = 'CELL#';
export const RESERVATION_PREFIX = 'RESERVATION#';
export const SKU_PREFIX = 'SKU#';
export const OPERATION_PREFIX = 'OPERATION#';
/** Partition of all locations: they are listed by one consistent query. */
export const LOCATIONS_PK = 'LOCATIONS';
export const LOCATION_PREFIX = 'LOCATION#';

export const cellPk = ({ sku, locationId, shard }: CellKey): string =>
  `${CELL_PREFIX}${sku}#${locationId}#${shard}`;
export const balanceKey = (cell: CellKey): Key => ({ pk: cellPk(cell), sk: 'BALANCE' });
export const reservationKey = (id: string): Key => ({
  pk: RESERVATION_PREFIX + id,
  sk: 'RESERVATION',
});
export const skuKey = (sku: string): Key => ({ pk: SKU_PREFIX + sku, sk: 'SKU' });
export const stockLevelKey = (sku: string): Key => ({ pk: SKU_PREFIX + sku, sk: 'LEVEL' });
export const operationKey = (id: string): Key => ({ pk: OPERATION_PREFIX + id, sk: 'OPERATION' });
export const locationKey = (id: string): Key => ({ pk: LOCATIONS_PK, sk: LOCATION_PREFIX + id });
export const locationIdOf = ({ sk }: Item): string => String(sk).slice(LOCATION_PREFIX.length);
/** The sweep of the levels starts after changes of locations, and is stored with them. */
export const LEVEL_SWEEP_KEY: Key = { pk: LOCATIONS_PK, sk: 'SWEEP' };
export const operationIdOf = (pk: string): string => pk.slice(OPERATION_PREFIX.length);

export const checkpointKey = (cell: CellKey): Key => ({ pk: cellPk(cell), sk: 'CHECKPOINT' });

export const MOVEMENTS_PREFIX = 'MOVE#';

/**
 * Returns one item with all movements of a change in one cell. So 25 lines, each of which also
 * expires holds, stay within the 100 actions of a transaction.
 */
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

/**
 * Returns the key of the RESERVED movements of a line. Reserving created the record, so both have
 * the same time.
 */
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

/**
 * Returns the item of a reservation. `ownedBy` and `ownedSince` put a committed one of a service
 * into the sparse index that lists them by owner.
 */
export const reservationItem = (reservation: Reservation, change: Change): Item => ({
  ...reservationKey(reservation.reservationId),
  type: 'reservation',
  ...reservation,
  ...(reservation.status === 'COMMITTED' && ownerOf(reservation) !== 'order'
    ? { ownedBy: ownerOf(reservation), ownedSince: reservation.createdAt }
    : {}),
  ttl: ttlOf(reservation, change),
});

/**
 * Returns the time at which DynamoDB deletes the record, in epoch seconds. The deletion moves no
 * units and ends no hold: `heldUntil` does that. The record of committed units is never deleted.
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

/**
 * Returns the item of an operation. `operationCell` puts an entry into the sparse index that audits
 * query.
 */
export const operationItem = (operation: OperationRecord): Item => ({
  ...operationKey(operation.operationId),
  type: 'operation',
  ...operation,
  ...(operation.entry === undefined ? {} : { operationCell: cellPk(operation.entry.cell) }),
  ttl: epochSecondsAfterDays(operation.at, RECORD_RETENTION_DAYS),
});

/** Returns the item of a SKU. `listedSku` puts it into the sparse index that lists SKUs. */
export const skuItem = (sku: StockItem): Item => ({
  ...skuKey(sku.sku),
  type: 'stockItem',
  ...sku,
  listedSku: sku.sku,
});

export const locationItem = (location: Location): Item => ({
  ...locationKey(location.locationId),
  type: 'location',
  ...location,
});
