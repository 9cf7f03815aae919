import type { Page, PageRequest } from '../../../shared/core/page.ts';
import { accepted, type Result, refused } from '../../../shared/core/result.ts';
import { unlessUnreadable } from '../../../shared/core/unreadable.ts';
import { type Cell, cellIdOf } from '../../domain/ledger/cell.ts';
import type { Reservation } from '../../domain/ledger/reservation.ts';
import { openCellsOf, type Sku } from '../../domain/ledger/sku.ts';
import { type StockOfSku, stockOf } from '../../domain/stock/stock-of-sku.ts';
import { readUnmoved } from '../audit/read-unmoved.ts';
import type { LocatedMovement, StockReader, StockStore } from '../ports.ts';

type NotFound = { readonly kind: 'notFound' };

const found = <Value>(value: Value | undefined): Result<Value, NotFound> =>
  value === undefined ? refused({ kind: 'notFound' }) : accepted(value);

/** Throws RetryLater while units move between the SKU's cells during every read. */
export const getStock = async (
  store: StockStore,
  sku: string,
): Promise<Result<StockOfSku, NotFound>> => found((await stocksOf(store, [sku])).get(sku));

/**
 * Leaves out a SKU of which a record cannot be read: a sum without one of its cells would be wrong. Throws RetryLater while units move
 * between the cells of one of the page's SKUs during every read.
 */
export async function listStock(
  { store, reader }: { readonly store: StockStore; readonly reader: StockReader },
  request: PageRequest,
): Promise<Result<Page<StockOfSku>, never>> {
  const { items: skus, ...page } = await reader.skus(request);
  const stocks =
    (await unlessUnreadable(() => stocksOf(store, skus))) ?? (await eachStock(store, skus));
  return accepted({ ...page, items: skus.flatMap((sku) => stocks.get(sku) ?? []) });
}

/** Reads SKU by SKU, so that one that cannot be read is left out alone. */
async function eachStock(
  store: StockStore,
  skus: readonly string[],
): Promise<ReadonlyMap<string, StockOfSku>> {
  const stocks = new Map<string, StockOfSku>();
  for (const sku of skus) {
    const stock = (await unlessUnreadable(() => stocksOf(store, [sku])))?.get(sku);
    if (stock !== undefined) stocks.set(sku, stock);
  }
  return stocks;
}

const stocksOf = (
  store: StockStore,
  skus: readonly string[],
): Promise<ReadonlyMap<string, StockOfSku>> =>
  readUnmoved(store, skus, async (records) => {
    const { cells } = await store.load({ cells: records.flatMap(openCellsOf) });
    return records.map((record) => stockOf(record, cellsIn(cells, record)));
  });

const cellsIn = (cells: ReadonlyMap<string, Cell>, record: Sku): Cell[] =>
  openCellsOf(record).flatMap((key) => cells.get(cellIdOf(key)) ?? []);

export const listMovements = async (
  reader: StockReader,
  sku: string,
  page: PageRequest,
): Promise<Result<Page<LocatedMovement>, NotFound>> => found(await reader.movements(sku, page));

export const getReservation = async (
  reader: StockReader,
  id: string,
): Promise<Result<Reservation, NotFound>> => found(await reader.reservation(id));
