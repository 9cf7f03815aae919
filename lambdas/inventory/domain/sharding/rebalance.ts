import { toIso } from '../../../shared/core/instant.ts';
import { type Cell, cellIdOf, emptyCell, surplusOf } from '../ledger/cell.ts';
import { createCell, toCellChanges, touchCell } from '../ledger/cell-plan.ts';
import type { Change } from '../ledger/change.ts';
import {
  type BookState,
  type CommandContext,
  type Decision,
  movementContext,
} from '../ledger/decision.ts';
import { TRANSACTION_ACTIONS_MAX } from '../ledger/merge-changes.ts';
import type { StockItem } from '../ledger/stock-item.ts';
import { consolidateInto, planTransfer } from '../ledger/transfer.ts';
import { consolidationAt, endConsolidations } from './consolidation.ts';

/**
 * Part of its share below which a cell is refilled. A higher value would cause conflicts with sales
 * for little benefit.
 */
const REFILL_BELOW_SHARE = 0.5;
/** Maximum units of one movement, as for each quantity of the API. */
export const TRANSFER_UNITS_MAX = 1_000_000;

export type RebalanceStock = CommandContext & { readonly sku: string };
export type RebalanceResult = { readonly isDone: boolean };

/**
 * Takes one step towards a SKU's shard count: moves units from the cell with the largest surplus to
 * the cell with the largest shortfall. It changes two cells at a time, so that sales from all
 * others continue. Cells from `shardCount` on are drained, and closed once they are empty. During a
 * consolidation it brings a location's units together in one cell instead, until that has enough or
 * the consolidation ends.
 */
export function decideRebalance(
  { stockItems, cells }: BookState,
  command: RebalanceStock,
): Decision<RebalanceResult, never> {
  const stockItem = stockItems.get(command.sku);
  if (stockItem === undefined) return { next: 'replay', value: { isDone: true } };
  for (const locationId of stockItem.locations) {
    const location: LocationShards = {
      stockItem,
      locationId,
      shards: shardBalancesAt(stockItem, locationId, cells, command),
      consolidationUnits: consolidationAt(stockItem, locationId, command.now)?.units,
    };
    const change = consolidateLocation(location, command) ?? rebalanceShards(location, command);
    if (change !== undefined) return { next: 'commit', value: { isDone: false }, change };
  }
  const change =
    closeEmptyShards(stockItem, cells, command) ?? endConsolidations(stockItem, command);
  return change === undefined
    ? { next: 'replay', value: { isDone: true } }
    : { next: 'commit', value: { isDone: false }, change };
}

type ShardBalance = {
  readonly shard: number;
  readonly cell: Cell | undefined;
  /** Available units above the floor; below 0 for a home cell that lacks units for its floor. */
  readonly surplus: number;
};
type LocationShards = {
  readonly stockItem: StockItem;
  readonly locationId: string;
  readonly shards: readonly ShardBalance[];
  /** Units to bring into one cell; undefined where the cells are to be level. */
  readonly consolidationUnits: number | undefined;
};

const shardBalancesAt = (
  stockItem: StockItem,
  locationId: string,
  cells: BookState['cells'],
  { now }: CommandContext,
): readonly ShardBalance[] =>
  Array.from({ length: stockItem.openShardCount }, (_, shard): ShardBalance => {
    const cell = cells.get(cellIdOf({ sku: stockItem.sku, locationId, shard }));
    return { shard, cell, surplus: cell === undefined ? 0 : surplusOf(cell, now) };
  });

/** Returns the units that one hold could take from all cells together. */
const totalSellable = (shards: readonly ShardBalance[]): number =>
  shards.reduce((units, { surplus }) => units + Math.max(0, surplus), 0);

/**
 * Brings units to the fullest cell, which needs the fewest. Returns undefined where that has
 * enough, or all cells together have too little.
 */
function consolidateLocation(
  { stockItem, shards, consolidationUnits = 0 }: LocationShards,
  context: CommandContext,
): Change | undefined {
  const to = fullestOf(shards.slice(0, stockItem.shardCount));
  const others = shards.flatMap((shard) =>
    shard === to || shard.cell === undefined ? [] : [{ cell: shard.cell, quantity: shard.surplus }],
  );
  if (totalSellable(shards) < consolidationUnits) return undefined;
  return consolidateInto(
    stockItem,
    to?.cell,
    others,
    consolidationUnits - (to?.surplus ?? 0),
    context,
    { keepsFloor: true },
  );
}

function rebalanceShards(
  { stockItem, locationId, shards, consolidationUnits }: LocationShards,
  context: CommandContext,
): Change | undefined {
  const total = shards.reduce((units, { surplus }) => units + surplus, 0);
  // Where the home cell lacks units for its floor, it gets them before the cells are levelled.
  const share = Math.max(0, Math.floor(total / stockItem.shardCount));
  const openShards = shards.slice(0, stockItem.shardCount);
  const drainingShards = shards.slice(stockItem.shardCount).filter(({ surplus }) => surplus > 0);
  const isConsolidated =
    consolidationUnits !== undefined && totalSellable(shards) >= consolidationUnits;
  const isLow =
    !isConsolidated && openShards.some(({ surplus }) => surplus < share * REFILL_BELOW_SHARE);
  if (drainingShards.length === 0 && !isLow) return undefined;

  const to = emptiestOf(openShards);
  const from = fullestOf(drainingShards.length > 0 ? drainingShards : openShards);
  if (to === undefined || from?.cell === undefined) return undefined;
  const shortfall = Math.max(share - to.surplus, 1);
  const excess = drainingShards.length > 0 ? from.surplus : from.surplus - share;
  const quantity = Math.min(shortfall, excess, TRANSFER_UNITS_MAX);
  if (quantity <= 0) return undefined;
  return planTransfer(
    stockItem,
    {
      to: { sku: stockItem.sku, locationId, shard: to.shard },
      creates: to.cell === undefined,
      keepsFloor: true,
    },
    [{ cell: from.cell, quantity }],
    context,
  );
}

const emptiestOf = (shards: readonly ShardBalance[]): ShardBalance | undefined =>
  shards.toSorted((a, b) => a.surplus - b.surplus)[0];
const fullestOf = (shards: readonly ShardBalance[]): ShardBalance | undefined =>
  shards.toSorted((a, b) => b.surplus - a.surplus)[0];

/**
 * Closes the cells after the last one that has units, on condition that they did not change after
 * they were read: then no earlier decision can add units to them. Only transfers add units to a
 * closing cell, and they write the SKU's record too.
 */
function closeEmptyShards(
  stockItem: StockItem,
  cells: BookState['cells'],
  context: CommandContext,
): Change | undefined {
  const at = (shard: number) =>
    stockItem.locations.map((locationId) => {
      const key = { sku: stockItem.sku, locationId, shard };
      return { key, cell: cells.get(cellIdOf(key)) };
    });
  const openShardsMin = Math.max(
    stockItem.shardCount,
    stockItem.openShardCount -
      Math.floor((TRANSACTION_ACTIONS_MAX - 1) / stockItem.locations.length),
  );
  let openShards = stockItem.openShardCount;
  while (
    openShards > openShardsMin &&
    at(openShards - 1).every(({ key, cell }) => isEmpty(cell ?? emptyCell(key)))
  )
    openShards -= 1;
  if (openShards === stockItem.openShardCount) return undefined;
  const closing = Array.from({ length: stockItem.openShardCount - openShards }, (_, index) =>
    at(openShards + index),
  );
  const plans = closing
    .flat()
    .map(({ key, cell }) =>
      cell === undefined
        ? createCell(key)
        : { ...touchCell(key), guard: { version: cell.version } },
    );
  const { now, correlationId } = context;
  const after = {
    ...stockItem,
    openShardCount: openShards,
    version: stockItem.version + 1,
    updatedAt: toIso(now),
    correlationId,
  };
  const operationId = `${stockItem.sku}.settings.${after.version}`;
  return {
    operationId,
    at: now,
    correlationId,
    cells: toCellChanges(plans, movementContext(operationId, context)),
    stockItem: { after, expectedVersion: stockItem.version },
  };
}

const isEmpty = ({ available, held, committed }: Cell): boolean =>
  available === 0 && committed === 0 && Object.values(held).every((units) => units === 0);
