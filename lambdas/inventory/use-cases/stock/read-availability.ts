import {
  AVAILABILITY_CELLS_MAX,
  type AvailabilityRequest,
  type AvailabilityView,
} from '../../../contracts/api/availability.ts';
import { type Instant, toIso } from '../../../shared/core/instant.ts';
import { err, ok, type Result } from '../../../shared/core/result.ts';
import { openCellKeysOf } from '../../domain/ledger/stock-item.ts';
import { availabilityOf } from '../../domain/stock/availability.ts';
import type { StockOfSku } from '../../domain/stock/stock-of-sku.ts';
import { loadStockItems } from '../load-state.ts';
import type { StockStore } from '../ports.ts';
import { readStocks } from './read-stock.ts';

type AvailabilityQuery = Readonly<AvailabilityRequest> & { readonly now: Instant };

/** The SKUs have more cells than a request may read. */
export type TooManyCellsError = {
  readonly kind: 'tooManyCells';
  readonly cells: number;
  readonly cellsMax: number;
};

/**
 * Reads what can be sold of SKUs. Throws RetryLaterError if units moved between the cells of a SKU
 * during every read.
 */
export async function readAvailability(
  store: StockStore,
  { skus, locationIds, now }: AvailabilityQuery,
): Promise<Result<AvailabilityView, TooManyCellsError>> {
  const requested = [...new Set(skus)];
  const records = await loadStockItems(store, requested);
  const cells = [...records.values()].flatMap(openCellKeysOf).length;
  if (cells > AVAILABILITY_CELLS_MAX)
    return err({ kind: 'tooManyCells', cells, cellsMax: AVAILABILITY_CELLS_MAX });
  const stocks = await readStocks(store, [...records.keys()]);
  const { locations } = await store.read({ locations: locationsOf([...stocks.values()]) });
  const chosen = locationIds && new Set(locationIds);
  return ok({
    asOf: toIso(now),
    items: requested.flatMap((sku) => {
      const stock = stocks.get(sku);
      return stock === undefined ? [] : [availabilityOf(stock, locations, now, chosen)];
    }),
    unknown: requested.filter((sku) => !stocks.has(sku)),
  });
}

const locationsOf = (stocks: readonly StockOfSku[]): readonly string[] => [
  ...new Set(stocks.flatMap(({ cells }) => cells.map(({ locationId }) => locationId))),
];
