import { homeCellKey, MAIN_LOCATION } from '../../domain/ledger/cell.ts';
import {
  decidePatchStock,
  decidePutStock,
  locationsNamedIn,
  type PatchStock,
  type PutStock,
} from '../../domain/stock/put-stock.ts';
import {
  type AdjustStock,
  decideAdjust,
  decideReceive,
  type ReceiveStock,
} from '../../domain/stock/stock-entry.ts';
import { executeCommand } from '../execute-command.ts';
import { loadCellForOperation, loadStock, loadStockForOperation } from '../load-state.ts';
import type { StockStore } from '../ports.ts';

export const putStock = (store: StockStore, command: PutStock) =>
  executeCommand(store, {
    context: command,
    read: () => loadStock(store, command.sku, locationsNamedIn(command)),
    decide: (state) => decidePutStock(state, command),
  });

export const patchStock = (store: StockStore, command: PatchStock) =>
  executeCommand(store, {
    context: command,
    read: () => loadStock(store, command.sku, locationsNamedIn(command)),
    decide: (state) => decidePatchStock(state, command),
  });

/** Adds units to the location's first cell. Reads no other cell. */
export const receiveStock = (store: StockStore, command: ReceiveStock) =>
  executeCommand(store, {
    ...homeReadsOf(store, command),
    decide: (state) => decideReceive(state, command),
  });

/**
 * Adjusts the units of a SKU. Reads all cells only if the location's first cell has too few units.
 */
export const adjustStock = (store: StockStore, command: AdjustStock) =>
  executeCommand(store, {
    ...homeReadsOf(store, command),
    readAll: () =>
      loadStockForOperation(store, command.sku, command.operationId, recordsOf(command)),
    decide: (state) => decideAdjust(state, command),
  });

const homeReadsOf = (store: StockStore, command: ReceiveStock | AdjustStock) => {
  const { sku, locationId, operationId } = command;
  return {
    context: command,
    record: { operationId },
    read: () =>
      loadCellForOperation(store, homeCellKey(sku, locationId), operationId, recordsOf(command)),
  };
};

/** Returns the ids of the location records to read. `main` exists without one. */
const recordsOf = ({ locationId = MAIN_LOCATION }: ReceiveStock | AdjustStock): string[] =>
  locationId === MAIN_LOCATION ? [] : [locationId];
