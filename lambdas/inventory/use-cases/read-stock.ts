import type { Page, PageRequest } from '../../shared/page.ts';
import { accepted, type Result, refused } from '../../shared/result.ts';
import type { Reservation } from '../domain/reservation.ts';
import type { StockOfSku } from '../domain/stock-of-sku.ts';
import type { LocatedMovement, StockReader } from './ports.ts';

type NotFound = { readonly kind: 'notFound' };

const found = <Value>(value: Value | undefined): Result<Value, NotFound> =>
  value === undefined ? refused({ kind: 'notFound' }) : accepted(value);

export const getStock = async (reader: StockReader, sku: string): Promise<Result<StockOfSku, NotFound>> =>
  found(await reader.stock(sku));

export const listStock = async (
  reader: StockReader,
  page: PageRequest,
): Promise<Result<Page<StockOfSku>, never>> => accepted(await reader.list(page));

export const listMovements = async (
  reader: StockReader,
  sku: string,
  page: PageRequest,
): Promise<Result<Page<LocatedMovement>, NotFound>> => found(await reader.movements(sku, page));

export const getReservation = async (
  reader: StockReader,
  id: string,
): Promise<Result<Reservation, NotFound>> => found(await reader.reservation(id));
