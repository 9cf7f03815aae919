import { toIso } from '../../../shared/core/instant.ts';
import { err, ok, type Result } from '../../../shared/core/result.ts';
import { availableUnits } from '../ledger/allocation.ts';
import {
  type CellKey,
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
import type { Change, LedgerEntry } from '../ledger/change.ts';
import {
  type BookState,
  type CommandContext,
  cellsAtLocation,
  type Decision,
  findCell,
  movementContext,
} from '../ledger/decision.ts';
import { type AdjustmentReason, type MovementContext, OUTSIDE } from '../ledger/movement.ts';
import { type SizeError, type StockItem, sizeErrorOf } from '../ledger/stock-item.ts';
import { consolidateInto } from '../ledger/transfer.ts';
import { createStockItem } from './put-stock.ts';

type StockEntryCommand = CommandContext & {
  readonly operationId: string;
  readonly fingerprint: string;
  readonly sku: string;
  readonly locationId?: string | undefined;
};
export type ReceiveStock = StockEntryCommand & {
  readonly quantity: number;
  readonly reference?: string | undefined;
  /** True to create a SKU that has no record yet. */
  readonly createSku?: boolean | undefined;
};
export type AdjustStock = StockEntryCommand & {
  readonly delta: number;
  readonly reason: AdjustmentReason;
  readonly note?: string | undefined;
};

export type ReceiveError =
  | { readonly kind: 'keyReused' }
  | { readonly kind: 'notFound' }
  | SizeError;
export type AdjustError =
  | ReceiveError
  | {
      readonly kind: 'insufficientStock';
      readonly shortages: readonly [{ sku: string; requested: number; available: number }];
    };

/**
 * Puts goods into stock. The first goods at a location add the location to the SKU. A SKU without a record is created only on
 * request: otherwise a mistyped SKU becomes a second product. Returns the movement, not the stock after it: the balance is read before
 * the write, and another write may come in between.
 */
export function decideReceive(
  state: BookState,
  command: ReceiveStock,
): Decision<LedgerEntry, ReceiveError> {
  const earlier = replayOf(state, command);
  if (earlier !== undefined) return earlier;
  if (state.sku === undefined && command.createSku !== true) return err({ kind: 'notFound' });
  const cell = findCell(state, homeCellKey(command.sku, command.locationId));
  const plan = addAvailable(
    homeCellKey(command.sku, command.locationId),
    command.quantity,
    'RECEIVED',
    cell === undefined,
  );
  const size = sizeErrorWith(state, plan);
  if (size !== undefined) return err(size);
  return ok(
    createEntry(
      state,
      command,
      plan,
      command.reference === undefined ? {} : { reference: command.reference },
    ),
  );
}

/**
 * A correction with its reason. It takes only what is available: held and committed units belong to somebody. Like goods that come in
 * it is of the location's first cell, into which `gatherHome` brings what that lacks before.
 */
export function decideAdjust(
  state: BookState,
  command: AdjustStock,
): Decision<LedgerEntry, AdjustError> {
  const earlier = replayOf(state, command);
  if (earlier !== undefined) return earlier;
  if (state.sku === undefined) return err({ kind: 'notFound' });

  const { sku, delta, locationId, reason, note } = command;
  const key = homeCellKey(sku, locationId);
  const cell = findCell(state, key);
  const details = { reason, ...(note === undefined ? {} : { note }) };
  const createManualEntry = (plan: CellPlan) => {
    const { now, by } = command;
    const entryChange = createEntry(state, command, plan, details);
    const { movementId } = entryChange.value.movement;
    return withAdjustment(entryChange, { movementId, at: now, delta, reason, by });
  };
  if (delta > 0) {
    const plan = addAvailable(key, delta, 'ADJUSTED', cell === undefined);
    const size = sizeErrorWith(state, plan);
    return size === undefined ? ok(createManualEntry(plan)) : err(size);
  }

  const taken = takeAvailable(cell ?? emptyCell(key), -delta, 'ADJUSTED', OUTSIDE, command.now);
  if (!taken.ok) {
    const available = availableUnits(cellsAtLocation(state, key), command.now);
    return err({
      kind: 'insufficientStock',
      shortages: [{ sku, requested: -delta, available }],
    });
  }
  return ok(createManualEntry(taken.plan));
}

/** Keeps the adjustment in the home cell, which is the first cell of the change. */
function withAdjustment(entryChange: EntryChange, adjustment: ManualAdjustment): EntryChange {
  const [home, ...others] = entryChange.change.cells;
  if (home === undefined) throw new Error('an entry changes a cell');
  return {
    ...entryChange,
    change: { ...entryChange.change, cells: [{ ...home, adjustment }, ...others] },
  };
}

/**
 * Where `units` are to be taken from a location's first cell and others have them: a change that brings them there, to be written
 * before. Undefined where nothing is lacking, or the location has too little.
 */
export function consolidateAtHome(
  state: BookState,
  { key, units }: { readonly key: CellKey; readonly units: number },
  context: CommandContext,
): Change | undefined {
  if (state.operation !== undefined) return undefined;
  const home = findCell(state, key);
  const others = cellsAtLocation(state, key)
    .filter((cell) => cell !== home)
    .map((cell) => ({ cell, quantity: availableUnits([cell], context.now) }));
  const shortfall = units - availableUnits(home === undefined ? [] : [home], context.now);
  if (others.reduce((sum, { quantity }) => sum + quantity, 0) < shortfall) return undefined;
  return consolidateInto(state.sku, home, others, shortfall, context);
}

function replayOf(
  { operation }: BookState,
  { fingerprint }: StockEntryCommand,
): Result<{ value: LedgerEntry }, { kind: 'keyReused' }> | undefined {
  if (operation === undefined) return undefined;
  if (operation.fingerprint !== fingerprint) return err({ kind: 'keyReused' });
  if (operation.entry === undefined)
    throw new Error(`operation ${operation.operationId} has no entry`);
  return ok({ value: operation.entry });
}

type EntryChange = { readonly value: LedgerEntry; readonly change: Change };

function createEntry(
  state: BookState,
  command: StockEntryCommand,
  plan: CellPlan,
  details: Partial<Pick<MovementContext, 'reason' | 'note' | 'reference'>>,
): EntryChange {
  const { operationId, fingerprint, now, correlationId } = command;
  const cells = toCellChanges(
    [plan, ...missingMainCell(state, plan)],
    movementContext(operationId, command, details),
  );
  const sku = stockItemWith(state.sku, plan, command);
  const isItemChanged = sku !== state.sku;
  const movement = cells[0]?.movements.at(-1);
  if (movement === undefined) throw new Error('an entry moves units');
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
    ...(isItemChanged ? { stockItem: { after: sku, expectedVersion: state.sku?.version } } : {}),
  };
  return { value: entry, change };
}

/** Returns why the location of the plan cannot be added to the SKU; undefined where it can, or is there. */
const sizeErrorWith = (
  { sku }: BookState,
  { cell: { locationId } }: CellPlan,
): SizeError | undefined =>
  sku === undefined || sku.locations.includes(locationId)
    ? undefined
    : sizeErrorOf({ ...sku, locations: [...sku.locations, locationId] });

/** A sku that is new has its main cell from the first, wherever its goods came in. */
const missingMainCell = (state: BookState, { cell }: CellPlan): CellPlan[] =>
  state.sku !== undefined || cell.locationId === MAIN_LOCATION
    ? []
    : [createCell(mainCellKey(cell.sku))];

function stockItemWith(
  sku: StockItem | undefined,
  { cell, isNew }: CellPlan,
  context: CommandContext,
): StockItem {
  if (sku === undefined)
    return createStockItem(
      cell.sku,
      { locations: [...new Set([MAIN_LOCATION, cell.locationId])] },
      context,
    );
  if (!isNew || sku.locations.includes(cell.locationId)) return sku;
  const { correlationId, now } = context;
  return {
    ...sku,
    locations: [...sku.locations, cell.locationId],
    version: sku.version + 1,
    updatedAt: toIso(now),
    correlationId,
  };
}
