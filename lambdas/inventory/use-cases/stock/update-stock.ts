import { homeCellKey } from '../../domain/ledger/cell.ts';
import type { BookState } from '../../domain/ledger/decision.ts';
import {
  decidePatchStock,
  decidePutStock,
  type PatchStock,
  type PutStock,
} from '../../domain/stock/put-stock.ts';
import {
  type AdjustStock,
  consolidateAtHome,
  decideAdjust,
  decideReceive,
  type ReceiveStock,
} from '../../domain/stock/stock-entry.ts';
import { executeCommand } from '../execute-command.ts';
import type { Reads, StockStore } from '../ports.ts';

export const putStock = (store: StockStore, command: PutStock) =>
  executeCommand(store, { sku: command.sku }, command, (state) => decidePutStock(state, command));

export const patchStock = (store: StockStore, command: PatchStock) =>
  executeCommand(store, { sku: command.sku }, command, (state) => decidePatchStock(state, command));

/** Goods come into the location's first cell, so no other cell is read, however many there are. */
export const receiveStock = (store: StockStore, command: ReceiveStock) =>
  executeCommand(store, homeReads(command), command, (state) =>
    decideReceive(withRecord(state, command), command),
  );

/** Reads all cells only where the location's first cell has too few units. */
export const adjustStock = (store: StockStore, command: AdjustStock) =>
  executeCommand(
    store,
    { sku: command.sku, operationId: command.operationId },
    command,
    (state) => decideAdjust(state, command),
    {
      glance: async () => withRecord(await store.load(homeReads(command)), command),
      before: (state) =>
        consolidateAtHome(
          state,
          { key: homeCellKey(command.sku, command.locationId), units: -command.delta },
          command,
        ),
    },
  );

/** The location's first cell, the sku's record without its other cells, and the operation's mark. */
const homeReads = ({ sku, locationId, operationId }: ReceiveStock | AdjustStock): Reads => ({
  cells: [homeCellKey(sku, locationId)],
  records: [sku],
  operationId,
});

function withRecord(state: BookState, { sku }: ReceiveStock | AdjustStock): BookState {
  const record = state.skus?.get(sku);
  return record === undefined ? state : { ...state, sku: record };
}
