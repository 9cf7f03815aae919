import { toIso } from '../../../shared/core/instant.ts';
import { accepted, refused } from '../../../shared/core/result.ts';
import { MAIN_LOCATION, mainCellOf } from '../ledger/cell.ts';
import { newCell, numbered } from '../ledger/cell-change.ts';
import {
  type BookState,
  type CommandContext,
  type Decision,
  movementContext,
} from '../ledger/decision.ts';
import {
  type CountTolerance,
  type SizeRefusal,
  type Sku,
  sizeRefusal,
  withShards,
} from '../ledger/sku.ts';

export type PutStock = CommandContext & {
  readonly sku: string;
  readonly name?: string | undefined;
  readonly lowStockThreshold?: number | undefined;
  readonly countTolerance?: CountTolerance | undefined;
  readonly shardCount?: number | undefined;
};

/** What is left out stays as it is; null clears a setting. */
export type PatchStock = CommandContext & {
  readonly sku: string;
  readonly name?: string | null | undefined;
  readonly lowStockThreshold?: number | null | undefined;
  readonly countTolerance?: CountTolerance | null | undefined;
  readonly shardCount?: number | undefined;
};

export type StockPut = { readonly sku: Sku; readonly isNew: boolean };

export const SHARD_COUNT = 1;

/**
 * Replaces the settings of a SKU; the first time it creates the SKU and its empty main cell. Shards stay as they are where they are
 * not given: to change them moves units, which a request that renames a product does not mean.
 */
export function decidePutStock(
  state: BookState,
  command: PutStock,
): Decision<StockPut, SizeRefusal> {
  const { sku: before } = state;
  const settings = settingsOf(command);
  const isNew = before === undefined;
  const put = isNew ? newSku(command.sku, settings, command) : replaced(before, settings, command);
  return written(before, put, command);
}

/** Changes the settings that are given; null clears one. Everything else stays. */
export function decidePatchStock(
  { sku: before }: BookState,
  command: PatchStock,
): Decision<StockPut, SizeRefusal | { readonly kind: 'notFound' }> {
  if (before === undefined) return refused({ kind: 'notFound' });
  const { name, lowStockThreshold, countTolerance } = command;
  const settings = settingsOf({
    name: merged(before.name, name),
    lowStockThreshold: merged(before.lowStockThreshold, lowStockThreshold),
    countTolerance: merged(before.countTolerance, countTolerance),
  });
  return written(before, replaced(before, settings, command), command);
}

const merged = <Value>(
  before: Value | undefined,
  given: Value | null | undefined,
): Value | undefined => (given === undefined ? before : (given ?? undefined));

type Settings = Pick<PutStock, 'name' | 'lowStockThreshold' | 'countTolerance'>;
const settingsOf = ({ name, lowStockThreshold, countTolerance }: Settings) => ({
  ...(name === undefined ? {} : { name }),
  ...(lowStockThreshold === undefined ? {} : { lowStockThreshold }),
  ...(countTolerance === undefined ? {} : { countTolerance }),
});

function written(
  before: Sku | undefined,
  put: Sku,
  command: Pick<PutStock, 'sku' | 'shardCount'> & CommandContext,
): Decision<StockPut, SizeRefusal> {
  const { shardCount } = command;
  const after = shardCount === undefined ? put : withShards(put, shardCount);
  const size = shardCount === undefined ? undefined : sizeRefusal(after);
  if (size !== undefined) return refused(size);
  const isNew = before === undefined;
  const operationId = `${command.sku}.settings.${after.version}`;
  return accepted({
    value: { sku: after, isNew },
    change: {
      operationId,
      at: command.now,
      correlationId: command.correlationId,
      cells: isNew
        ? numbered([newCell(mainCellOf(command.sku))], movementContext(operationId, command))
        : [],
      sku: { after, expectedVersion: before?.version },
    },
  });
}

export const newSku = (
  sku: string,
  settings: Partial<Pick<Sku, 'name' | 'lowStockThreshold' | 'countTolerance' | 'locations'>>,
  { now, correlationId }: CommandContext,
): Sku => ({
  sku,
  shardCount: SHARD_COUNT,
  openShards: SHARD_COUNT,
  shardsEver: SHARD_COUNT,
  transfers: 0,
  unitsMoved: 0,
  locations: [MAIN_LOCATION],
  low: false,
  availableSeen: 0,
  version: 1,
  createdAt: toIso(now),
  updatedAt: toIso(now),
  correlationId,
  ...settings,
});

function replaced(
  before: Sku,
  settings: Partial<Sku>,
  { now, correlationId }: CommandContext,
): Sku {
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
