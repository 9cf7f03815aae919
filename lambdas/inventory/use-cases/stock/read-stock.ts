import type { Page, PageRequest } from '../../../shared/core/page.ts';
import { err, ok, type Result } from '../../../shared/core/result.ts';
import { tryRead } from '../../../shared/core/unreadable-record.ts';
import { type Cell, cellIdOf } from '../../domain/ledger/cell.ts';
import type { Reservation } from '../../domain/ledger/reservation.ts';
import { openCellKeysOf, type StockItem } from '../../domain/ledger/stock-item.ts';
import { type StockOfSku, toStockOfSku } from '../../domain/stock/stock-of-sku.ts';
import { readAtOneVersion } from '../audit/read-at-one-version.ts';
import { loadCells } from '../load-state.ts';
import type { LocatedMovement, StockReader, StockStore } from '../ports.ts';

type NotFound = { readonly kind: 'notFound' };

const orNotFound = <Value>(value: Value | undefined): Result<Value, NotFound> =>
  value === undefined ? err({ kind: 'notFound' }) : ok(value);

/**
 * Reads the stock of a SKU. Throws RetryLaterError if units moved between its cells during every
 * read.
 */
export const getStock = async (
  store: StockStore,
  sku: string,
): Promise<Result<StockOfSku, NotFound>> => orNotFound((await readStocks(store, [sku])).get(sku));

/**
 * Lists stock. Omits a SKU with an unreadable record, because a sum without one of its cells would
 * be wrong. Throws RetryLaterError if units moved between the cells of a SKU during every read.
 */
export async function listStock(
  { store, reader }: { readonly store: StockStore; readonly reader: StockReader },
  request: PageRequest,
): Promise<Result<Page<StockOfSku>, never>> {
  const { items: skus, ...page } = await reader.listSkus(request);
  const stocks =
    (await tryRead(() => readStocks(store, skus))) ?? (await readEachStock(store, skus));
  return ok({ ...page, items: skus.flatMap((sku) => stocks.get(sku) ?? []) });
}

/** Reads each SKU separately, so that only unreadable ones are omitted. */
async function readEachStock(
  store: StockStore,
  skus: readonly string[],
): Promise<ReadonlyMap<string, StockOfSku>> {
  const stocks = new Map<string, StockOfSku>();
  for (const sku of skus) {
    const stock = (await tryRead(() => readStocks(store, [sku])))?.get(sku);
    if (stock !== undefined) stocks.set(sku, stock);
  }
  return stocks;
}

/** Reads the stock of those of the SKUs that exist. */
export const readStocks = (
  store: StockStore,
  skus: readonly string[],
): Promise<ReadonlyMap<string, StockOfSku>> =>
  readAtOneVersion(store, skus, async (records) => {
    const cells = await loadCells(store, records.flatMap(openCellKeysOf));
    return records.map((record) => toStockOfSku(record, openCellsOf(cells, record)));
  });

const openCellsOf = (cells: ReadonlyMap<string, Cell>, record: StockItem): Cell[] =>
  openCellKeysOf(record).flatMap((key) => cells.get(cellIdOf(key)) ?? []);

export const listMovements = async (
  reader: StockReader,
  sku: string,
  page: PageRequest,
): Promise<Result<Page<LocatedMovement>, NotFound>> =>
  orNotFound(await reader.listMovements(sku, page));

export const getReservation = async (
  reader: StockReader,
  id: string,
): Promise<Result<Reservation, NotFound>> => orNotFound(await reader.findReservation(id));
