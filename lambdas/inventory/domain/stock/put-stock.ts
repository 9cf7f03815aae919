import type { CountTolerance } from '../../../contracts/api/inventory.ts';
import { toIso } from '../../../shared/core/instant.ts';
import { MAIN_LOCATION, mainCellKey } from '../ledger/cell.ts';
import { createCell, toCellChanges } from '../ledger/cell-plan.ts';
import {
  type BookState,
  type CommandContext,
  type Decision,
  movementContext,
  reject,
} from '../ledger/decision.ts';
import {
  type SizeError,
  type StockItem,
  sizeErrorOf,
  withShardCount,
} from '../ledger/stock-item.ts';

export type PutStock = CommandContext & {
  readonly sku: string;
  readonly name?: string | undefined;
  readonly lowStockThreshold?: number | undefined;
  readonly countTolerance?: CountTolerance | undefined;
  readonly shardCount?: number | undefined;
};

/** Settings to change. An absent setting stays as it is; null clears it. */
export type PatchStock = CommandContext & {
  readonly sku: string;
  readonly name?: string | null | undefined;
  readonly lowStockThreshold?: number | null | undefined;
  readonly countTolerance?: CountTolerance | null | undefined;
  readonly shardCount?: number | undefined;
};

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
): Decision<PutStockResult, SizeError> {
  const before = state.stockItems.get(command.sku);
  const settings = settingsOf(command);
  const isNew = before === undefined;
  const updated = isNew
    ? createStockItem(command.sku, settings, command)
    : replaceSettings(before, settings, command);
  return decideSettings(before, updated, command);
}

/** Changes the given settings; null clears one. Everything else stays. */
export function decidePatchStock(
  state: BookState,
  command: PatchStock,
): Decision<PutStockResult, SizeError | { readonly kind: 'notFound' }> {
  const before = state.stockItems.get(command.sku);
  if (before === undefined) return reject({ kind: 'notFound' });
  const { name, lowStockThreshold, countTolerance } = command;
  const settings = settingsOf({
    name: patchValue(before.name, name),
    lowStockThreshold: patchValue(before.lowStockThreshold, lowStockThreshold),
    countTolerance: patchValue(before.countTolerance, countTolerance),
  });
  return decideSettings(before, replaceSettings(before, settings, command), command);
}

const patchValue = <Value>(
  before: Value | undefined,
  given: Value | null | undefined,
): Value | undefined => (given === undefined ? before : (given ?? undefined));

type Settings = Pick<PutStock, 'name' | 'lowStockThreshold' | 'countTolerance'>;
const settingsOf = ({ name, lowStockThreshold, countTolerance }: Settings) => ({
  ...(name === undefined ? {} : { name }),
  ...(lowStockThreshold === undefined ? {} : { lowStockThreshold }),
  ...(countTolerance === undefined ? {} : { countTolerance }),
});

function decideSettings(
  before: StockItem | undefined,
  updated: StockItem,
  command: Pick<PutStock, 'sku' | 'shardCount'> & CommandContext,
): Decision<PutStockResult, SizeError> {
  const { shardCount } = command;
  const after = shardCount === undefined ? updated : withShardCount(updated, shardCount);
  const size = shardCount === undefined ? undefined : sizeErrorOf(after);
  if (size !== undefined) return reject(size);
  const isNew = before === undefined;
  const operationId = `${command.sku}.settings.${after.version}`;
  return {
    next: 'commit',
    value: { stockItem: after, isNew },
    change: {
      operationId,
      at: command.now,
      correlationId: command.correlationId,
      cells: isNew
        ? toCellChanges(
            [createCell(mainCellKey(command.sku))],
            movementContext(operationId, command),
          )
        : [],
      stockItem: { after, expectedVersion: before?.version },
    },
  };
}

export const createStockItem = (
  sku: string,
  settings: Partial<Pick<StockItem, 'name' | 'lowStockThreshold' | 'countTolerance' | 'locations'>>,
  { now, correlationId }: CommandContext,
): StockItem => ({
  sku,
  shardCount: SHARD_COUNT_DEFAULT,
  openShardCount: SHARD_COUNT_DEFAULT,
  peakShardCount: SHARD_COUNT_DEFAULT,
  transferCount: 0,
  unitsTransferred: 0,
  locations: [MAIN_LOCATION],
  isLow: false,
  availableAtCrossing: 0,
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
