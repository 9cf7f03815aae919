import type {
  AdjustStockRequest,
  MovementDetails,
  ReceiveStockRequest,
} from '../../../contracts/api/inventory.ts';
import { defined } from '../../../shared/core/defined.ts';
import { toIso } from '../../../shared/core/instant.ts';
import { availableUnits } from '../ledger/allocation.ts';
import {
  emptyCell,
  homeCellKey,
  MAIN_LOCATION,
  type ManualAdjustment,
  mainCellKey,
} from '../ledger/cell.ts';
import {
  addAvailable,
  type CellPlan,
  createCell,
  takeAvailable,
  toCellChanges,
} from '../ledger/cell-plan.ts';
import type { Change, LedgerEntry, OperationRecord } from '../ledger/change.ts';
import {
  type CommandContext,
  cellsAtLocation,
  type Decision,
  findCell,
  movementContext,
  type OperationState,
  rejectUnconfirmed,
  replayOf,
} from '../ledger/decision.ts';
import { OUTSIDE } from '../ledger/movement.ts';
import { floorAt, type SizeError, type StockItem, sizeErrorOf } from '../ledger/stock-item.ts';
import type { Location } from '../locations/location.ts';
import { consolidateAtHome } from './consolidate-at-home.ts';
import { decideEntryLocation, type UnknownLocationError } from './entry-location.ts';
import { createStockItem } from './put-stock.ts';

type StockEntryCommand = CommandContext & {
  readonly operationId: string;
  readonly fingerprint: string;
  readonly sku: string;
  readonly locationId?: string | undefined;
};
export type ReceiveStock = StockEntryCommand & ReceiveStockRequest;
export type AdjustStock = StockEntryCommand & AdjustStockRequest;

export type ReceiveError =
  | { readonly kind: 'keyReused' }
  | { readonly kind: 'notFound' }
  | UnknownLocationError
  | SizeError;
/** Shortage of available units at one location. */
export type LocationShortageError = {
  readonly kind: 'insufficientStock';
  readonly shortages: readonly [{ sku: string; requested: number; available: number }];
};
export type AdjustError = ReceiveError | LocationShortageError;

/**
 * Puts goods into stock. The first goods at a location add the location to the SKU. A SKU or a
 * location without a record is created only on request: otherwise a mistyped SKU becomes a second
 * product. Returns the
 * movement, not the stock after it: the balance is read before the write, and another write may
 * happen in between.
 */
export function decideReceive(
  state: OperationState,
  command: ReceiveStock,
): Decision<LedgerEntry, ReceiveError> {
  const earlier = replayOf(state, command, entryOf);
  if (earlier !== undefined) return earlier;
  if (!state.stockItems.has(command.sku) && command.createSku !== true)
    return rejectUnconfirmed({ kind: 'notFound' });
  const location = decideEntryLocation(state, command);
  if (!location.ok) return rejectUnconfirmed(location.error);
  const cell = findCell(state, homeCellKey(command.sku, command.locationId));
  const plan = addAvailable(homeCellKey(command.sku, command.locationId), {
    quantity: command.quantity,
    kind: 'RECEIVED',
    isNew: cell === undefined,
    floor: floorOfNewCell(state, command),
  });
  const size = sizeErrorWith(state, plan);
  if (size !== undefined) return rejectUnconfirmed(size);
  const details = defined({ reference: command.reference });
  const { value, change } = createEntry(state, command, plan, details);
  return { next: 'commit', value, change: withLocation(change, location.value) };
}

const withLocation = (change: Change, newLocation: Location | undefined): Change =>
  newLocation === undefined ? change : { ...change, newLocation };

/**
 * Adjusts stock, with a reason. It takes only available units: held and committed units belong to
 * orders. Adjustments and receipts change the home cell of the location; `consolidateAtHome` brings
 * missing units there first.
 */
export function decideAdjust(
  state: OperationState,
  command: AdjustStock,
): Decision<LedgerEntry, AdjustError> {
  const earlier = replayOf(state, command, entryOf);
  if (earlier !== undefined) return earlier;
  if (!state.stockItems.has(command.sku)) return rejectUnconfirmed({ kind: 'notFound' });
  const location = decideEntryLocation(state, command);
  if (!location.ok) return rejectUnconfirmed(location.error);

  const { sku, delta, locationId, reason, note } = command;
  const key = homeCellKey(sku, locationId);
  const cell = findCell(state, key);
  const details = defined({ reason, note });
  const createManualEntry = (plan: CellPlan): Decision<LedgerEntry, never> => {
    const { now, by } = command;
    const entryChange = createEntry(state, command, plan, details);
    const { movementId } = entryChange.value.movement;
    return {
      next: 'commit',
      ...withAdjustment(entryChange, { movementId, at: now, delta, reason, by }),
    };
  };
  if (delta > 0) {
    const plan = addAvailable(key, {
      quantity: delta,
      kind: 'ADJUSTED',
      isNew: cell === undefined,
      floor: floorOfNewCell(state, command),
    });
    const size = sizeErrorWith(state, plan);
    return size === undefined ? createManualEntry(plan) : rejectUnconfirmed(size);
  }

  const taken = takeAvailable(cell ?? emptyCell(key), {
    quantity: -delta,
    kind: 'ADJUSTED',
    to: OUTSIDE,
    now: command.now,
  });
  if (taken === undefined) {
    if (!state.isComplete) return { next: 'readAll' };
    const transfer = consolidateAtHome(state, { key, units: -delta }, command);
    if (transfer !== undefined) return { next: 'prepare', change: transfer };
    const available = availableUnits(cellsAtLocation(state, key), command.now);
    const shortages = [{ sku, requested: -delta, available }] as const;
    return rejectUnconfirmed({ kind: 'insufficientStock', shortages }, shortages);
  }
  return createManualEntry(taken);
}

/** Returns the floor of the home cell that the first units at a location create. */
function floorOfNewCell(
  { stockItems }: OperationState,
  { sku, locationId = MAIN_LOCATION }: StockEntryCommand,
): number {
  const stockItem = stockItems.get(sku);
  return stockItem === undefined ? 0 : floorAt(stockItem, locationId);
}

/** Records the adjustment in the home cell, which is the first cell of the change. */
function withAdjustment(entryChange: EntryChange, adjustment: ManualAdjustment): EntryChange {
  const [home, ...others] = entryChange.change.cells;
  if (home === undefined) throw new Error('a stock entry has no cell change');
  return {
    ...entryChange,
    change: { ...entryChange.change, cells: [{ ...home, adjustment }, ...others] },
  };
}

function entryOf({ operationId, entry }: OperationRecord): LedgerEntry {
  if (entry === undefined) throw new Error(`operation ${operationId} has no entry`);
  return entry;
}

type EntryChange = { readonly value: LedgerEntry; readonly change: Change };

function createEntry(
  state: OperationState,
  command: StockEntryCommand,
  plan: CellPlan,
  details: MovementDetails,
): EntryChange {
  const { operationId, fingerprint, now, correlationId } = command;
  const cells = toCellChanges(
    [plan, ...missingMainCell(state, plan)],
    movementContext(operationId, command, details),
  );
  const before = state.stockItems.get(plan.cell.sku);
  const after = stockItemWith(before, plan, command);
  const movement = cells[0]?.movements.at(-1);
  if (movement === undefined) throw new Error('a stock entry has no movement');
  const entry: LedgerEntry = { cell: plan.cell, movement };
  const change: Change = {
    operationId,
    at: now,
    correlationId,
    idempotencyRecord: {
      kind: 'operation',
      operation: { operationId, fingerprint, at: now, entry },
    },
    cells,
    ...(after === before ? {} : { stockItem: { after, expectedVersion: before?.version } }),
  };
  return { value: entry, change };
}

/**
 * Returns why the location of the plan cannot be added to the SKU, or undefined where it can or
 * exists.
 */
function sizeErrorWith(
  { stockItems }: OperationState,
  { cell: { sku, locationId } }: CellPlan,
): SizeError | undefined {
  const item = stockItems.get(sku);
  if (item === undefined || item.locations.includes(locationId)) return undefined;
  return sizeErrorOf({ ...item, locations: [...item.locations, locationId] });
}

/** Plans the main cell of a new SKU whose first goods arrived at another location. */
const missingMainCell = ({ stockItems }: OperationState, { cell }: CellPlan): CellPlan[] =>
  stockItems.has(cell.sku) || cell.locationId === MAIN_LOCATION
    ? []
    : [createCell(mainCellKey(cell.sku))];

function stockItemWith(
  stockItem: StockItem | undefined,
  { cell, isNew }: CellPlan,
  context: CommandContext,
): StockItem {
  if (stockItem === undefined)
    return createStockItem(
      cell.sku,
      { locations: [...new Set([MAIN_LOCATION, cell.locationId])] },
      context,
    );
  if (!isNew || stockItem.locations.includes(cell.locationId)) return stockItem;
  const { correlationId, now } = context;
  return {
    ...stockItem,
    locations: [...stockItem.locations, cell.locationId],
    version: stockItem.version + 1,
    updatedAt: toIso(now),
    correlationId,
  };
}
