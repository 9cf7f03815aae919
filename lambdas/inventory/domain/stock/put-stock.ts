import type {
  CountTolerance,
  LowStockThreshold,
  SafetyStock,
} from '../../../contracts/api/inventory.ts';
import { toIso } from '../../../shared/core/instant.ts';
import { floorOf, homeCellKey, MAIN_LOCATION, mainCellKey } from '../ledger/cell.ts';
import { type CellPlan, createCell, setFloor, toCellChanges } from '../ledger/cell-plan.ts';
import {
  type BookState,
  type CommandContext,
  type Decision,
  findCell,
  movementContext,
  reject,
  rejectUnconfirmed,
} from '../ledger/decision.ts';
import {
  floorAt,
  type SizeError,
  type StockItem,
  sizeErrorOf,
  withShardCount,
} from '../ledger/stock-item.ts';
import { findLocation } from '../locations/location.ts';
import type { UnknownLocationError } from './entry-location.ts';

export type PutStock = CommandContext & {
  readonly sku: string;
  readonly name?: string | undefined;
  readonly lowStockThreshold?: LowStockThreshold | undefined;
  readonly safetyStock?: SafetyStock | undefined;
  readonly countTolerance?: CountTolerance | undefined;
  readonly shardCount?: number | undefined;
};

/** Settings to change. An absent setting stays as it is; null clears it. */
export type PatchStock = CommandContext & {
  readonly sku: string;
  readonly name?: string | null | undefined;
  readonly lowStockThreshold?: LowStockThreshold | null | undefined;
  readonly safetyStock?: SafetyStock | null | undefined;
  readonly countTolerance?: CountTolerance | null | undefined;
  readonly shardCount?: number | undefined;
};

export type SettingsError = SizeError | UnknownLocationError;

export type PutStockResult = { readonly stockItem: StockItem; readonly isNew: boolean };

export const SHARD_COUNT_DEFAULT = 1;

/**
 * Replaces the settings of a SKU. The first request creates the SKU and its empty main cell.
 * Without `shardCount` the shards stay as they are: a request that renames a product must not move
 * units.
 */
export function decidePutStock(
  state: BookState,
  command: PutStock,
): Decision<PutStockResult, SettingsError> {
  const before = state.stockItems.get(command.sku);
  const settings = settingsOf(command);
  const isNew = before === undefined;
  const updated = isNew
    ? createStockItem(command.sku, settings, command)
    : replaceSettings(before, settings, command);
  return decideSettings(state, updated, command);
}

/** Changes the given settings; null clears one. Everything else stays. */
export function decidePatchStock(
  state: BookState,
  command: PatchStock,
): Decision<PutStockResult, SettingsError | { readonly kind: 'notFound' }> {
  const before = state.stockItems.get(command.sku);
  if (before === undefined) return reject({ kind: 'notFound' });
  const { name, lowStockThreshold, safetyStock, countTolerance } = command;
  const settings = settingsOf({
    name: patchValue(before.name, name),
    lowStockThreshold: patchValue(before.lowStockThreshold, lowStockThreshold),
    safetyStock: patchValue(before.safetyStock, safetyStock),
    countTolerance: patchValue(before.countTolerance, countTolerance),
  });
  return decideSettings(state, replaceSettings(before, settings, command), command);
}

const patchValue = <Value>(
  before: Value | undefined,
  given: Value | null | undefined,
): Value | undefined => (given === undefined ? before : (given ?? undefined));

type Settings = Pick<PutStock, 'name' | 'lowStockThreshold' | 'safetyStock' | 'countTolerance'>;
const settingsOf = ({ name, lowStockThreshold, safetyStock, countTolerance }: Settings) => ({
  ...(name === undefined ? {} : { name }),
  ...(lowStockThreshold === undefined ? {} : { lowStockThreshold }),
  ...(safetyStock === undefined ? {} : { safetyStock }),
  ...(countTolerance === undefined ? {} : { countTolerance }),
});

/**
 * Writes the settings, and the floors of the home cells with them: a hold reads the floor with its
 * cell, so it never uses an old one.
 */
function decideSettings(
  state: BookState,
  updated: StockItem,
  command: Pick<PutStock, 'sku' | 'shardCount'> & CommandContext,
): Decision<PutStockResult, SettingsError> {
  const before = state.stockItems.get(updated.sku);
  const { shardCount } = command;
  const after = shardCount === undefined ? updated : withShardCount(updated, shardCount);
  const size = shardCount === undefined ? undefined : sizeErrorOf(after);
  if (size !== undefined) return reject(size);
  const unknown = unknownLocationsOf(state, updated);
  if (unknown.length > 0)
    return rejectUnconfirmed({ kind: 'unknownLocation', locationIds: unknown });
  const isNew = before === undefined;
  const operationId = `${command.sku}.settings.${after.version}`;
  return {
    next: 'commit',
    value: { stockItem: after, isNew },
    change: {
      operationId,
      at: command.now,
      correlationId: command.correlationId,
      cells: toCellChanges(
        isNew
          ? [createCell(mainCellKey(command.sku), floorAt(after, MAIN_LOCATION))]
          : floorPlansOf(state, after),
        movementContext(operationId, command),
      ),
      stockItem: { after, expectedVersion: before?.version },
    },
  };
}

/** Returns a plan for each home cell that has another floor. */
const floorPlansOf = (state: BookState, stockItem: StockItem): CellPlan[] =>
  stockItem.locations.flatMap((locationId) => {
    const cell = findCell(state, homeCellKey(stockItem.sku, locationId));
    const floor = floorAt(stockItem, locationId);
    return cell === undefined || floorOf(cell) === floor ? [] : [setFloor(cell, floor)];
  });

/** Returns the locations in settings that are neither on record nor those of the SKU. */
const unknownLocationsOf = ({ locations }: BookState, stockItem: StockItem): readonly string[] =>
  locationsNamedIn(stockItem).filter(
    (id) => !stockItem.locations.includes(id) && findLocation(locations, id) === undefined,
  );

/** Returns the ids of the locations for which settings have a number of their own. */
export const locationsNamedIn = ({
  safetyStock,
  lowStockThreshold,
}: Pick<PatchStock, 'safetyStock' | 'lowStockThreshold'>): readonly string[] => [
  ...new Set(
    [safetyStock, lowStockThreshold].flatMap((units) =>
      typeof units === 'object' && units !== null ? Object.keys(units) : [],
    ),
  ),
];

export const createStockItem = (
  sku: string,
  settings: Partial<
    Pick<StockItem, 'name' | 'lowStockThreshold' | 'safetyStock' | 'countTolerance' | 'locations'>
  >,
  { now, correlationId }: CommandContext,
): StockItem => ({
  sku,
  shardCount: SHARD_COUNT_DEFAULT,
  openShardCount: SHARD_COUNT_DEFAULT,
  peakShardCount: SHARD_COUNT_DEFAULT,
  transferCount: 0,
  unitsTransferred: 0,
  locations: [MAIN_LOCATION],
  version: 1,
  createdAt: toIso(now),
  updatedAt: toIso(now),
  correlationId,
  ...settings,
});

function replaceSettings(
  before: StockItem,
  settings: Partial<StockItem>,
  { now, correlationId }: CommandContext,
): StockItem {
  const {
    name: _name,
    lowStockThreshold: _threshold,
    safetyStock: _safetyStock,
    countTolerance: _tolerance,
    ...kept
  } = before;
  return {
    ...kept,
    ...settings,
    version: before.version + 1,
    updatedAt: toIso(now),
    correlationId,
  };
}
