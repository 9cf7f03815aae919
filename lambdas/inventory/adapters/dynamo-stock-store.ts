import { type CancellationReason, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { isTransient } from '../../shared/core/errors.ts';
import { BACKOFF, backoff } from '../../shared/dynamodb/backoff.ts';
import { toItem } from '../../shared/dynamodb/item.ts';
import { type Key, Table } from '../../shared/dynamodb/table.ts';
import { type Cell, type CellKey, cellIdOf } from '../domain/ledger/cell.ts';
import { type Change, withConflicts } from '../domain/ledger/change.ts';
import type {
  ApplyResult,
  BookRecords,
  ExistingRecord,
  RecordKeys,
  StockStore,
} from '../use-cases/ports.ts';
import { balanceKey, locationKey, operationKey, reservationKey, skuKey } from './book-items.ts';
import {
  isBalance,
  isLocation,
  isOperation,
  isReservation,
  isStockItem,
  toCell,
  toLocation,
  toOperation,
  toReservation,
} from './book-records.ts';
import {
  cellsOfActions,
  IDEMPOTENCY_RECORD_INDEX,
  toTransaction,
} from './change-to-transaction.ts';
import { toStockItem } from './stock-item-records.ts';

export class DynamoStockStore implements StockStore {
  readonly #table: Table;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#table = new Table(client, tableName);
  }

  async read(keys: RecordKeys): Promise<BookRecords> {
    const {
      cells = [],
      reservations = [],
      operations = [],
      stockItems = [],
      locations = [],
    } = keys;
    const items = await this.#table.getAll(
      withoutDuplicates([
        ...cells.map(balanceKey),
        ...reservations.map(reservationKey),
        ...operations.map(operationKey),
        ...stockItems.map(skuKey),
        ...locations.map(locationKey),
      ]),
    );
    return {
      cells: inOrderOf(cells, byId(items.filter(isBalance).map(toCell), cellIdOf)),
      reservations: byId(
        items.filter(isReservation).map(toReservation),
        (one) => one.reservationId,
      ),
      operations: byId(items.filter(isOperation).map(toOperation), (one) => one.operationId),
      stockItems: byId(items.filter(isStockItem).map(toStockItem), (one) => one.sku),
      locations: byId(items.filter(isLocation).map(toLocation), (one) => one.locationId),
    };
  }

  apply(change: Change, contendedSkus: readonly string[] = []): Promise<ApplyResult> {
    return this.applyGroup([withConflicts(change, contendedSkus)]);
  }

  async applyGroup(changes: readonly Change[]): Promise<ApplyResult> {
    try {
      await this.#table.client.send(
        new TransactWriteCommand({ TransactItems: toTransaction(changes, this.#table.name) }),
      );
      return { outcome: 'applied' };
    } catch (error) {
      if (error instanceof TransactionCanceledException) return toApplyResult(error, changes);
      // The outcome is unknown. The next attempt finds the idempotency record if it was written.
      if (isTransient(error)) return { outcome: 'busy' };
      throw error;
    }
  }

  backoff(attempt: number, isElsewhere = false): Promise<void> {
    return backoff(attempt, isElsewhere ? BACKOFF.otherItems : BACKOFF.sameItems);
  }
}

/** Returns each key once. BatchGetItem rejects a duplicate key. */
const withoutDuplicates = (keys: readonly Key[]): Key[] => [
  ...new Map(keys.map((key) => [`${key.pk} ${key.sk}`, key])).values(),
];

const byId = <Item>(items: readonly Item[], idOf: (item: Item) => string): Map<string, Item> =>
  new Map(items.map((item) => [idOf(item), item]));

/**
 * Returns the cells in the order of their keys. A decision takes the first of several equal ones.
 */
const inOrderOf = (keys: readonly CellKey[], cells: ReadonlyMap<string, Cell>): Map<string, Cell> =>
  byId(
    keys.flatMap((key) => cells.get(cellIdOf(key)) ?? []),
    cellIdOf,
  );

const BUSY_CODES: ReadonlySet<string> = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
]);

/**
 * Converts the cancellation reasons. A failed condition means that the book changed; only conflicts
 * and throttles mean that it is busy. Any other reason is a defect of the request and is thrown.
 */
function toApplyResult(
  error: TransactionCanceledException,
  changes: readonly Change[],
): ApplyResult {
  const reasons = error.CancellationReasons ?? [];
  const codes = reasons.map(({ Code }) => Code ?? 'None').filter((code) => code !== 'None');
  if (codes.some((code) => code !== 'ConditionalCheckFailed' && !BUSY_CODES.has(code))) throw error;
  if (!codes.includes('ConditionalCheckFailed')) {
    const contended = cellsOfActions(changes, '', (place) => isBusy(reasons[place]));
    return { outcome: 'busy', contendedSkus: [...new Set(contended.map(({ sku }) => sku))] };
  }
  if (changes.length > 1) return { outcome: 'conditionFailed' };
  return { outcome: 'conditionFailed', ...existingRecordIn(reasons[IDEMPOTENCY_RECORD_INDEX]) };
}

const isBusy = (reason: CancellationReason | undefined): boolean =>
  BUSY_CODES.has(reason?.Code ?? 'None');

function existingRecordIn(reason: CancellationReason | undefined): ExistingRecord {
  if (reason?.Code !== 'ConditionalCheckFailed' || reason.Item === undefined) return {};
  const item = toItem(reason.Item);
  if (isReservation(item)) return { reservation: toReservation(item) };
  return isOperation(item) ? { operation: toOperation(item) } : {};
}
