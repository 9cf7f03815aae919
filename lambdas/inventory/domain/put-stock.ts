import { toIso } from '../../shared/instant.ts';
import { accepted } from '../../shared/result.ts';
import { MAIN_LOCATION, mainCellOf } from './cell.ts';
import { newCell, numbered } from './cell-change.ts';
import { type BookState, type CommandContext, type Decision, movementContext } from './decision.ts';
import { type CountTolerance, type Sku, withShards } from './sku.ts';

export type PutStock = CommandContext & {
  readonly sku: string;
  readonly name?: string | undefined;
  readonly lowStockThreshold?: number | undefined;
  readonly countTolerance?: CountTolerance | undefined;
  readonly shardCount?: number | undefined;
};

export type StockPut = { readonly sku: Sku; readonly isNew: boolean };

export const SHARD_COUNT = 1;

/**
 * Replaces the settings of a sku; the first time it makes the sku and its empty main cell. Shards stay where they are not given: to
 * change them moves units, which whoever renames a product does not mean.
 */
export function decidePutStock(state: BookState, command: PutStock): Decision<StockPut, never> {
  const { sku: before } = state;
  const settings = {
    ...(command.name === undefined ? {} : { name: command.name }),
    ...(command.lowStockThreshold === undefined ? {} : { lowStockThreshold: command.lowStockThreshold }),
    ...(command.countTolerance === undefined ? {} : { countTolerance: command.countTolerance }),
  };
  const isNew = before === undefined;
  const put = isNew ? newSku(command.sku, settings, command) : replaced(before, settings, command);
  const after = command.shardCount === undefined ? put : withShards(put, command.shardCount);
  const operationId = `${command.sku}.settings.${after.version}`;
  return accepted({
    value: { sku: after, isNew },
    change: {
      operationId,
      at: command.now,
      correlationId: command.correlationId,
      cells: isNew ? numbered([newCell(mainCellOf(command.sku))], movementContext(operationId, command)) : [],
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

function replaced(before: Sku, settings: Partial<Sku>, { now, correlationId }: CommandContext): Sku {
  const { name: _name, lowStockThreshold: _threshold, countTolerance: _tolerance, ...kept } = before;
  return { ...kept, ...settings, version: before.version + 1, updatedAt: toIso(now), correlationId };
}
