import { type CancellationReason, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { isTransient } from '../../shared/core/errors.ts';
import { BACKOFF, backoff } from '../../shared/dynamodb/backoff.ts';
import { batchGetItems } from '../../shared/dynamodb/batch-get.ts';
import { type Item, toItem } from '../../shared/dynamodb/item.ts';
import { type Cell, type CellKey, cellIdOf } from '../domain/ledger/cell.ts';
import type { Change } from '../domain/ledger/change.ts';
import type { BookState } from '../domain/ledger/decision.ts';
import type { Reservation } from '../domain/ledger/reservation.ts';
import { openCellKeysOf, type StockItem } from '../domain/ledger/stock-item.ts';
import type { ApplyResult, Reads, StockStore } from '../use-cases/ports.ts';
import { balanceKey, type Key, operationKey, reservationKey, skuKey } from './book-items.ts';
import {
  isBalance,
  isOperation,
  isReservation,
  isStockItem,
  toCell,
  toOperation,
  toReservation,
  toStockItem,
} from './book-records.ts';
import {
  cellsOfActions,
  IDEMPOTENCY_RECORD_INDEX,
  toTransaction,
} from './change-to-transaction.ts';

export class DynamoStockStore implements StockStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#client = client;
    this.#tableName = tableName;
  }

  async load(reads: Reads): Promise<BookState> {
    const first = await this.getAll([
      ...(reads.cells ?? []).map(balanceKey),
      ...(reads.reservationId === undefined ? [] : [reservationKey(reads.reservationId)]),
      ...(reads.reservations ?? []).map(reservationKey),
      ...(reads.operationId === undefined ? [] : [operationKey(reads.operationId)]),
      ...[
        ...(reads.sku === undefined ? [] : [reads.sku]),
        ...(reads.records ?? []),
        ...(reads.skus ?? []),
      ].map(skuKey),
    ]);
    const state = toState(first, reads);
    const open = [
      ...(state.sku === undefined ? [] : [state.sku]),
      ...(reads.skus === undefined ? [] : (state.skus?.values() ?? [])),
    ];
    const several = [...(state.reservations?.values() ?? [])];
    const more = uniqueCellKeys([
      ...(reads.cellsOfReservation ? (state.reservation?.lines ?? []) : []),
      ...several.flatMap(({ lines }) => lines),
      ...open.flatMap(openCellKeysOf),
    ]);
    if (more.length === 0) return state;
    const { cells } = toState(await this.getAll(more.map(balanceKey)), {});
    // The answers of a batch come in no order; the cells stand as the record names them.
    const inOrder = more.flatMap((key) => cells.get(cellIdOf(key)) ?? []);
    return {
      ...state,
      cells: new Map([
        ...state.cells,
        ...inOrder.map((cell): [string, Cell] => [cellIdOf(cell), cell]),
      ]),
    };
  }

  apply(change: Change): Promise<ApplyResult> {
    return this.applyGroup([change]);
  }

  async applyGroup(changes: readonly Change[]): Promise<ApplyResult> {
    try {
      await this.#client.send(
        new TransactWriteCommand({ TransactItems: toTransaction(changes, this.#tableName) }),
      );
      return { outcome: 'applied' };
    } catch (error) {
      if (error instanceof TransactionCanceledException) return toApplyResult(error, changes);
      // An unknown outcome: the next try finds the marker if the transaction was written after all.
      if (isTransient(error)) return { outcome: 'busy' };
      throw error;
    }
  }

  backoff(attempt: number, isElsewhere = false): Promise<void> {
    return backoff(attempt, isElsewhere ? BACKOFF.otherItems : BACKOFF.sameItems);
  }

  /** The items of the keys that exist, strongly consistent. */
  getAll(keys: readonly Key[]): Promise<Item[]> {
    return batchGetItems(this.#client, this.#tableName, keys);
  }
}

/** BatchGetItem refuses a key that comes twice, and several reservations may have units in one cell. */
const uniqueCellKeys = (cells: readonly CellKey[]): CellKey[] => [
  ...new Map(cells.map((cell) => [cellIdOf(cell), cell])).values(),
];

function toState(items: readonly Item[], { sku, records, skus, reservations }: Reads): BookState {
  const cells = new Map<string, Cell>();
  const several = new Map<string, Reservation>();
  const found = new Map<string, StockItem>();
  let state: Omit<BookState, 'cells'> = {};
  for (const item of items) {
    if (isBalance(item)) {
      const cell = toCell(item);
      cells.set(cellIdOf(cell), cell);
    } else if (isReservation(item)) {
      const reservation = toReservation(item);
      if (reservations === undefined) state = { ...state, reservation };
      else several.set(reservation.reservationId, reservation);
    } else if (isOperation(item)) state = { ...state, operation: toOperation(item) };
    else if (isStockItem(item)) {
      const record = toStockItem(item);
      found.set(record.sku, record);
    }
  }
  const asked = sku === undefined ? undefined : found.get(sku);
  return {
    cells,
    ...state,
    ...(asked && { sku: asked }),
    ...(reservations === undefined ? {} : { reservations: several }),
    ...(records === undefined && skus === undefined ? {} : { skus: found }),
  };
}

const BUSY_CODES: ReadonlySet<string> = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
]);

/**
 * Every reason is read: a failed condition means that the book has moved on, a conflict or a throttle alone that it is busy;
 * any other reason is a bug in the request.
 */
function toApplyResult(
  error: TransactionCanceledException,
  changes: readonly Change[],
): ApplyResult {
  const reasons = error.CancellationReasons ?? [];
  const codes = reasons.map(({ Code }) => Code ?? 'None').filter((code) => code !== 'None');
  if (codes.some((code) => code !== 'ConditionalCheckFailed' && !BUSY_CODES.has(code))) throw error;
  if (!codes.includes('ConditionalCheckFailed')) {
    return {
      outcome: 'busy',
      contended: cellsOfActions(changes, '', (place) => isBusy(reasons[place])),
    };
  }
  if (changes.length > 1) return { outcome: 'refused' };
  return { outcome: 'refused', ...existingRecordIn(reasons[IDEMPOTENCY_RECORD_INDEX]) };
}

const isBusy = (reason: CancellationReason | undefined): boolean =>
  BUSY_CODES.has(reason?.Code ?? 'None');

function existingRecordIn(
  reason: CancellationReason | undefined,
): Pick<BookState, 'reservation' | 'operation'> {
  if (reason?.Code !== 'ConditionalCheckFailed' || reason.Item === undefined) return {};
  const item = toItem(reason.Item);
  if (isReservation(item)) return { reservation: toReservation(item) };
  return isOperation(item) ? { operation: toOperation(item) } : {};
}
