import { toIso } from '../../shared/instant.ts';
import { accepted } from '../../shared/result.ts';
import { type Cell, cellIdOf, emptyCell } from './cell.ts';
import { newCell, numbered, unchangedCell } from './cell-change.ts';
import type { Change } from './change.ts';
import { availableAt } from './choose-cells.ts';
import { type BookState, type CommandContext, type Decision, movementContext } from './decision.ts';
import { ACTIONS_MAX } from './merge-changes.ts';
import type { Sku } from './sku.ts';
import { transferOf } from './transfer.ts';

/** A cell is filled up when it has less than this part of its share; more often would be in the way of sales for little. */
const FILLED_BELOW = 0.5;
/** What one movement moves at most, as any quantity of the contract. */
export const TRANSFER_UNITS_MAX = 1_000_000;

export type SpreadStock = CommandContext & { readonly sku: string };
export type Spread = { readonly isDone: boolean };

/**
 * One step towards a sku's shards: units go from the cell that has the most too many to the one that has the most too few, two
 * cells at a time, so that sales in all others go on. Cells behind `shardCount` are emptied, and closed once they are empty.
 */
export function decideSpread({ sku, cells }: BookState, command: SpreadStock): Decision<Spread, never> {
  if (sku === undefined) return accepted({ value: { isDone: true } });
  for (const locationId of sku.locations) {
    const change = levelled(
      sku,
      locationId,
      (key) => cells.get(cellIdOf({ sku: sku.sku, locationId, shard: key })),
      command,
    );
    if (change !== undefined) return accepted({ value: { isDone: false }, change });
  }
  const change = closed(sku, cells, command);
  return accepted({ value: { isDone: change === undefined }, ...(change && { change }) });
}

type Pile = { readonly shard: number; readonly cell: Cell | undefined; readonly available: number };

function levelled(
  sku: Sku,
  locationId: string,
  cellOf: (shard: number) => Cell | undefined,
  context: CommandContext,
): Change | undefined {
  const piles = Array.from({ length: sku.openShards }, (_, shard): Pile => {
    const cell = cellOf(shard);
    return { shard, cell, available: cell === undefined ? 0 : availableAt([cell], context.now) };
  });
  const total = piles.reduce((units, { available }) => units + available, 0);
  const share = Math.floor(total / sku.shardCount);
  const kept = piles.slice(0, sku.shardCount);
  const left = piles.slice(sku.shardCount).filter(({ available }) => available > 0);
  const isLow = kept.some(({ available }) => available < share * FILLED_BELOW);
  if (left.length === 0 && !isLow) return undefined;

  const to = lowest(kept);
  const from = highest(left.length > 0 ? left : kept);
  if (to === undefined || from?.cell === undefined) return undefined;
  const lacking = Math.max(share - to.available, 1);
  const spare = left.length > 0 ? from.available : from.available - share;
  const quantity = Math.min(lacking, spare, TRANSFER_UNITS_MAX);
  return transferOf(
    sku,
    { to: { sku: sku.sku, locationId, shard: to.shard }, creates: to.cell === undefined },
    [{ cell: from.cell, quantity }],
    context,
  );
}

const lowest = (piles: readonly Pile[]): Pile | undefined =>
  piles.toSorted((a, b) => a.available - b.available)[0];
const highest = (piles: readonly Pile[]): Pile | undefined =>
  piles.toSorted((a, b) => b.available - a.available)[0];

/**
 * The cells behind the last one that has units are open no longer, as long as they are what was read: nothing that was decided
 * before can come into them any more. Units come into such a cell by transfers only, which write the sku's record.
 */
function closed(sku: Sku, cells: BookState['cells'], context: CommandContext): Change | undefined {
  const at = (shard: number) =>
    sku.locations.map((locationId) => {
      const key = { sku: sku.sku, locationId, shard };
      return { key, cell: cells.get(cellIdOf(key)) };
    });
  const openMin = Math.max(
    sku.shardCount,
    sku.openShards - Math.floor((ACTIONS_MAX - 1) / sku.locations.length),
  );
  let openShards = sku.openShards;
  while (openShards > openMin && at(openShards - 1).every(({ key, cell }) => isEmpty(cell ?? emptyCell(key))))
    openShards -= 1;
  if (openShards === sku.openShards) return undefined;
  const closing = Array.from({ length: sku.openShards - openShards }, (_, index) => at(openShards + index));
  const plans = closing
    .flat()
    .map(({ key, cell }) =>
      cell === undefined ? newCell(key) : { ...unchangedCell(key), guard: { version: cell.version } },
    );
  const { now, correlationId } = context;
  const after = { ...sku, openShards, version: sku.version + 1, updatedAt: toIso(now), correlationId };
  const operationId = `${sku.sku}.settings.${after.version}`;
  return {
    operationId,
    at: now,
    correlationId,
    cells: numbered(plans, movementContext(operationId, context)),
    sku: { after, expectedVersion: sku.version },
  };
}

const isEmpty = ({ available, held, committed }: Cell): boolean =>
  available === 0 && committed === 0 && Object.values(held).every((units) => units === 0);
