import { toIso } from '../../../shared/core/instant.ts';
import { accepted, type Result, refused } from '../../../shared/core/result.ts';
import {
  type CellKey,
  cellAt,
  emptyCell,
  MAIN_LOCATION,
  type ManualAdjustment,
  mainCellOf,
} from '../ledger/cell.ts';
import { type CellPlan, newCell, numbered, putIn, takeAvailable } from '../ledger/cell-change.ts';
import type { Change, Entry } from '../ledger/change.ts';
import { availableAt } from '../ledger/choose-cells.ts';
import {
  type BookState,
  type CommandContext,
  cellIn,
  cellsAt,
  type Decision,
  movementContext,
} from '../ledger/decision.ts';
import { type AdjustmentReason, type MovementContext, OUTSIDE } from '../ledger/movement.ts';
import { type SizeRefusal, type Sku, sizeRefusal } from '../ledger/sku.ts';
import { gatherInto } from '../ledger/transfer.ts';
import { newSku } from './put-stock.ts';

type EnterStock = CommandContext & {
  readonly operationId: string;
  readonly fingerprint: string;
  readonly sku: string;
  readonly locationId?: string | undefined;
};
export type ReceiveStock = EnterStock & {
  readonly quantity: number;
  readonly reference?: string | undefined;
  /** True to create a SKU that has no record yet. */
  readonly createSku?: boolean | undefined;
};
export type AdjustStock = EnterStock & {
  readonly delta: number;
  readonly reason: AdjustmentReason;
  readonly note?: string | undefined;
};

export type ReceiveRefusal =
  | { readonly kind: 'keyReused' }
  | { readonly kind: 'notFound' }
  | SizeRefusal;
export type AdjustRefusal =
  | ReceiveRefusal
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
): Decision<Entry, ReceiveRefusal> {
  const earlier = repeatOf(state, command);
  if (earlier !== undefined) return earlier;
  if (state.sku === undefined && command.createSku !== true) return refused({ kind: 'notFound' });
  const cell = cellIn(state, cellAt(command.sku, command.locationId));
  const plan = putIn(
    cellAt(command.sku, command.locationId),
    command.quantity,
    'RECEIVED',
    cell === undefined,
  );
  const size = sizeWith(state, plan);
  if (size !== undefined) return refused(size);
  return accepted(
    enter(
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
): Decision<Entry, AdjustRefusal> {
  const earlier = repeatOf(state, command);
  if (earlier !== undefined) return earlier;
  if (state.sku === undefined) return refused({ kind: 'notFound' });

  const { sku, delta, locationId, reason, note } = command;
  const key = cellAt(sku, locationId);
  const cell = cellIn(state, key);
  const details = { reason, ...(note === undefined ? {} : { note }) };
  const enterManually = (plan: CellPlan) => {
    const { now, by } = command;
    const entered = enter(state, command, plan, details);
    const { movementId } = entered.value.movement;
    return withAdjustment(entered, { movementId, at: now, delta, reason, by });
  };
  if (delta > 0) {
    const plan = putIn(key, delta, 'ADJUSTED', cell === undefined);
    const size = sizeWith(state, plan);
    return size === undefined ? accepted(enterManually(plan)) : refused(size);
  }

  const taken = takeAvailable(cell ?? emptyCell(key), -delta, 'ADJUSTED', OUTSIDE, command.now);
  if (!taken.ok) {
    const available = availableAt(cellsAt(state, key), command.now);
    return refused({
      kind: 'insufficientStock',
      shortages: [{ sku, requested: -delta, available }],
    });
  }
  return accepted(enterManually(taken.plan));
}

/** Keeps the adjustment in the home cell, which is the first cell of the change. */
function withAdjustment(entered: Entered, adjustment: ManualAdjustment): Entered {
  const [home, ...others] = entered.change.cells;
  if (home === undefined) throw new Error('an entry changes a cell');
  return { ...entered, change: { ...entered.change, cells: [{ ...home, adjustment }, ...others] } };
}

/**
 * Where `units` are to be taken from a location's first cell and others have them: a change that brings them there, to be written
 * before. Undefined where nothing is lacking, or the location has too little.
 */
export function gatherHome(
  state: BookState,
  { key, units }: { readonly key: CellKey; readonly units: number },
  context: CommandContext,
): Change | undefined {
  if (state.operation !== undefined) return undefined;
  const home = cellIn(state, key);
  const others = cellsAt(state, key)
    .filter((cell) => cell !== home)
    .map((cell) => ({ cell, quantity: availableAt([cell], context.now) }));
  const lacking = units - availableAt(home === undefined ? [] : [home], context.now);
  if (others.reduce((sum, { quantity }) => sum + quantity, 0) < lacking) return undefined;
  return gatherInto(state.sku, home, others, lacking, context);
}

function repeatOf(
  { operation }: BookState,
  { fingerprint }: EnterStock,
): Result<{ value: Entry }, { kind: 'keyReused' }> | undefined {
  if (operation === undefined) return undefined;
  if (operation.fingerprint !== fingerprint) return refused({ kind: 'keyReused' });
  if (operation.entry === undefined)
    throw new Error(`operation ${operation.operationId} has no entry`);
  return accepted({ value: operation.entry });
}

type Entered = { readonly value: Entry; readonly change: Change };

function enter(
  state: BookState,
  command: EnterStock,
  plan: CellPlan,
  details: Partial<Pick<MovementContext, 'reason' | 'note' | 'reference'>>,
): Entered {
  const { operationId, fingerprint, now, correlationId } = command;
  const entries = numbered(
    [plan, ...mainCellFor(state, plan)],
    movementContext(operationId, command, details),
  );
  const sku = skuWith(state.sku, plan, command);
  const grown = sku !== state.sku;
  const movement = entries[0]?.movements.at(-1);
  if (movement === undefined) throw new Error('an entry moves units');
  const entry: Entry = { cell: plan.cell, movement };
  const change: Change = {
    operationId,
    at: now,
    correlationId,
    marker: {
      kind: 'operation',
      operation: { operationId, fingerprint, at: now, entry },
    },
    cells: entries,
    ...(grown ? { sku: { after: sku, expectedVersion: state.sku?.version } } : {}),
  };
  return { value: entry, change };
}

/** Returns why the location of the plan cannot be added to the SKU; undefined where it can, or is there. */
const sizeWith = (
  { sku }: BookState,
  { cell: { locationId } }: CellPlan,
): SizeRefusal | undefined =>
  sku === undefined || sku.locations.includes(locationId)
    ? undefined
    : sizeRefusal({ ...sku, locations: [...sku.locations, locationId] });

/** A sku that is new has its main cell from the first, wherever its goods came in. */
const mainCellFor = (state: BookState, { cell }: CellPlan): CellPlan[] =>
  state.sku !== undefined || cell.locationId === MAIN_LOCATION
    ? []
    : [newCell(mainCellOf(cell.sku))];

function skuWith(sku: Sku | undefined, { cell, creates }: CellPlan, context: CommandContext): Sku {
  if (sku === undefined)
    return newSku(cell.sku, { locations: [...new Set([MAIN_LOCATION, cell.locationId])] }, context);
  if (!creates || sku.locations.includes(cell.locationId)) return sku;
  const { correlationId, now } = context;
  return {
    ...sku,
    locations: [...sku.locations, cell.locationId],
    version: sku.version + 1,
    updatedAt: toIso(now),
    correlationId,
  };
}
