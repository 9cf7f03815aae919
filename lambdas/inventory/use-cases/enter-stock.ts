import { cellAt } from '../domain/cell.ts';
import { decidePutStock, type PutStock } from '../domain/put-stock.ts';
import {
  type AdjustStock,
  decideAdjust,
  decideReceive,
  gatherHome,
  type ReceiveStock,
} from '../domain/stock-entry.ts';
import { changeBook } from './change-book.ts';
import type { StockStore } from './ports.ts';

export const putStock = (store: StockStore, command: PutStock) =>
  changeBook(store, { sku: command.sku }, command, (state) => decidePutStock(state, command));

export const receiveStock = (store: StockStore, command: ReceiveStock) =>
  changeBook(store, { sku: command.sku, operationId: command.operationId }, command, (state) =>
    decideReceive(state, command),
  );

export const adjustStock = (store: StockStore, command: AdjustStock) =>
  changeBook(
    store,
    { sku: command.sku, operationId: command.operationId },
    command,
    (state) => decideAdjust(state, command),
    {
      before: (state) =>
        gatherHome(state, { key: cellAt(command.sku, command.locationId), units: -command.delta }, command),
    },
  );
