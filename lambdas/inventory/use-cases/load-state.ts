import { tryRead } from '../../shared/core/unreadable-record.ts';
import type { CellKey } from '../domain/ledger/cell.ts';
import type {
  BookState,
  Cells,
  OperationState,
  ReservationState,
} from '../domain/ledger/decision.ts';
import type { Reservation, ReservationLine } from '../domain/ledger/reservation.ts';
import { openCellKeysOf, type StockItem } from '../domain/ledger/stock-item.ts';
import type { Location } from '../domain/locations/location.ts';
import type { StockStore } from './ports.ts';

type Store = Pick<StockStore, 'read'>;
type StockItems = ReadonlyMap<string, StockItem>;

/** Locations of a state whose decision needs no record of a location. */
export const NO_LOCATIONS: ReadonlyMap<string, Location> = new Map();

export const loadCells = async (store: Store, keys: readonly CellKey[]): Promise<Cells> =>
  keys.length === 0 ? new Map() : (await store.read({ cells: keys })).cells;

/** Loads records of SKUs without their cells. */
export const loadStockItems = async (store: Store, skus: readonly string[]): Promise<StockItems> =>
  skus.length === 0 ? new Map() : (await store.read({ stockItems: skus })).stockItems;

/**
 * Loads the readable ones of location records, and logs the others. Nothing is sold by default from
 * a location whose record is missing or unreadable; an audit reports it.
 */
export async function loadReadableLocations(
  store: Store,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Location>> {
  if (ids.length === 0) return NO_LOCATIONS;
  const read = (some: readonly string[]) => tryRead(() => store.read({ locations: some }));
  const all = await read(ids);
  const records = all === undefined ? await Promise.all(ids.map((id) => read([id]))) : [all];
  return new Map(records.flatMap((one) => [...(one?.locations ?? [])]));
}

/** Loads the records of a SKU and of locations, and then all cells that may have units. */
export async function loadStock(
  store: Store,
  sku: string,
  locationIds: readonly string[] = [],
): Promise<BookState> {
  const { stockItems, locations } = await store.read({
    stockItems: [sku],
    ...(locationIds.length === 0 ? {} : { locations: locationIds }),
  });
  const cells = await loadCells(store, openCellKeys(stockItems));
  return { stockItems, cells, locations, isComplete: true };
}

/**
 * Loads a cell, the record of its SKU, the record of the operation and those of locations, in one
 * read.
 */
export async function loadCellForOperation(
  store: Store,
  cell: CellKey,
  operationId: string,
  locationIds: readonly string[] = [],
): Promise<OperationState> {
  const { cells, stockItems, locations, operations } = await store.read({
    cells: [cell],
    stockItems: [cell.sku],
    locations: locationIds,
    operations: [operationId],
  });
  return {
    cells,
    stockItems,
    locations,
    operation: operations.get(operationId),
    isComplete: false,
  };
}

/**
 * Loads the records of a SKU, of an operation and of locations, and then all cells of the SKU that
 * may have units.
 */
export async function loadStockForOperation(
  store: Store,
  sku: string,
  operationId: string,
  locationIds: readonly string[] = [],
): Promise<OperationState> {
  const { stockItems, locations, operations } = await store.read({
    stockItems: [sku],
    locations: locationIds,
    operations: [operationId],
  });
  const cells = await loadCells(store, openCellKeys(stockItems));
  return { cells, stockItems, locations, operation: operations.get(operationId), isComplete: true };
}

/**
 * Loads a reservation, and then the cells of its lines and `otherCell`, which its record does not
 * name.
 */
export async function loadReservation(
  store: Store,
  reservationId: string,
  otherCell?: CellKey,
): Promise<ReservationState> {
  const { reservations } = await store.read({ reservations: [reservationId] });
  const reservation = reservations.get(reservationId);
  const keys = [...(otherCell === undefined ? [] : [otherCell]), ...linesOf(reservation)];
  const cells = await loadCells(store, keys);
  return {
    cells,
    stockItems: new Map(),
    locations: NO_LOCATIONS,
    reservation,
    isComplete: false,
  };
}

/**
 * Loads a reservation and the records of SKUs, and then the cells of its lines and all cells of the
 * SKUs that may have units.
 */
export async function loadReservationWithStock(
  store: Store,
  reservationId: string,
  skus: readonly string[],
): Promise<ReservationState> {
  const { reservations, stockItems } = await store.read({
    reservations: [reservationId],
    stockItems: skus,
  });
  const reservation = reservations.get(reservationId);
  const keys = [...linesOf(reservation), ...openCellKeys(stockItems)];
  const cells = await loadCells(store, keys);
  return { cells, stockItems, locations: NO_LOCATIONS, reservation, isComplete: true };
}

/** Loads reservations by id, and then the cells of all their lines. */
export async function loadReservations(store: Store, reservationIds: readonly string[]) {
  const { reservations } = await store.read({ reservations: reservationIds });
  const lines = [...reservations.values()].flatMap(linesOf);
  return { reservations, cells: await loadCells(store, lines) };
}

const linesOf = (reservation: Reservation | undefined): readonly ReservationLine[] =>
  reservation?.lines ?? [];

const openCellKeys = (stockItems: StockItems): CellKey[] =>
  [...stockItems.values()].flatMap(openCellKeysOf);
