import { toIso } from '../../../shared/core/instant.ts';
import { accepted } from '../../../shared/core/result.ts';
import { type Cell, cellIdOf, emptyCell } from '../ledger/cell.ts';
import { newCell, numbered, unchangedCell } from '../ledger/cell-change.ts';
import type { Change } from '../ledger/change.ts';
import { availableAt } from '../ledger/choose-cells.ts';
import {
  type BookState,
  type CommandContext,
  type Decision,
  movementContext,
} from '../ledger/decision.ts';
import { ACTIONS_MAX } from '../ledger/merge-changes.ts';
import type { Sku } from '../ledger/sku.ts';
import { gatherInto, transferOf } from '../ledger/transfer.ts';
import { consolidationAt, endConsolidations } from './consolidate.ts';

/** A cell is filled up when it has less than this part of its share; more often would be in the way of sales for little. */
const FILLED_BELOW = 0.5;
/** What one movement moves at most, as any quantity of the contract. */
export const TRANSFER_UNITS_MAX = 1_000_000;

export type SpreadStock = CommandContext & { readonly sku: string };
export type Spread = { readonly isDone: boolean };

/**
 * One step towards a sku's shards: units go from the cell that has the most too many to the one that has the most too few, two
 * cells at a time, so that sales in all others go on. Cells behind `shardCount` are emptied, and closed once they are empty. Where a
 * consolidation was asked for, a location's units are brought together in one cell instead, until it has enough or the consolidation
 * ends.
 */
export function decideSpread(
  { sku, cells }: BookState,
  command: SpreadStock,
): Decision<Spread, never> {
  if (sku === undefined) return accepted({ value: { isDone: true } });
  for (const locationId of sku.locations) {
    const place: Place = {
      sku,
      locationId,
      piles: pilesAt(sku, locationId, cells, command),
      units: consolidationAt(sku, locationId, command.now)?.units,
    };
    const change = consolidated(place, command) ?? levelled(place, command);
    if (change !== undefined) return accepted({ value: { isDone: false }, change });
  }
  const change = closed(sku, cells, command) ?? endConsolidations(sku, command);
  return accepted({ value: { isDone: change === undefined }, ...(change && { change }) });
}

type Pile = { readonly shard: number; readonly cell: Cell | undefined; readonly available: number };
type Place = {
  readonly sku: Sku;
  readonly locationId: string;
  readonly piles: readonly Pile[];
  /** The units that are to lie in one cell; undefined where the cells are to be level. */
  readonly units: number | undefined;
};

const pilesAt = (
  sku: Sku,
  locationId: string,
  cells: BookState['cells'],
  { now }: CommandContext,
): readonly Pile[] =>
  Array.from({ length: sku.openShards }, (_, shard): Pile => {
    const cell = cells.get(cellIdOf({ sku: sku.sku, locationId, shard }));
    return { shard, cell, available: cell === undefined ? 0 : availableAt([cell], now) };
  });

const unitsIn = (piles: readonly Pile[]): number =>
  piles.reduce((units, { available }) => units + available, 0);

/** Brings units to the fullest cell, which thus needs the fewest; undefined where it has enough, or all cells have too little. */
function consolidated(
  { sku, piles, units = 0 }: Place,
  context: CommandContext,
): Change | undefined {
  const to = highest(piles.slice(0, sku.shardCount));
  const others = piles.flatMap((pile) =>
    pile === to || pile.cell === undefined ? [] : [{ cell: pile.cell, quantity: pile.available }],
  );
  if (unitsIn(piles) < units) return undefined;
  return gatherInto(sku, to?.cell, others, units - (to?.available ?? 0), context);
}

function levelled(
  { sku, locationId, piles, units }: Place,
  context: CommandContext,
): Change | undefined {
  const total = unitsIn(piles);
  const share = Math.floor(total / sku.shardCount);
  const kept = piles.slice(0, sku.shardCount);
  const left = piles.slice(sku.shardCount).filter(({ available }) => available > 0);
  const isTogether = units !== undefined && total >= units;
  const isLow = !isTogether && kept.some(({ available }) => available < share * FILLED_BELOW);
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
  while (
    openShards > openMin &&
    at(openShards - 1).every(({ key, cell }) => isEmpty(cell ?? emptyCell(key)))
  )
    openShards -= 1;
  if (openShards === sku.openShards) return undefined;
  const closing = Array.from({ length: sku.openShards - openShards }, (_, index) =>
    at(openShards + index),
  );
  const plans = closing
    .flat()
    .map(({ key, cell }) =>
      cell === undefined
        ? newCell(key)
        : { ...unchangedCell(key), guard: { version: cell.version } },
    );
  const { now, correlationId } = context;
  const after = {
    ...sku,
    openShards,
    version: sku.version + 1,
    updatedAt: toIso(now),
    correlationId,
  };
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
