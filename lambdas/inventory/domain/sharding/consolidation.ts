import { type Instant, MILLISECONDS_PER_SECOND, toIso } from '../../../shared/core/instant.ts';
import type { Change } from '../ledger/change.ts';
import type { CommandContext, Decision } from '../ledger/decision.ts';
import type { Demand } from '../ledger/reservation.ts';
import type { Consolidation, StockItem } from '../ledger/stock-item.ts';

/**
 * Duration of a consolidation, for a request that needed too many cells. After it, the next
 * rebalance levels the cells again.
 */
export const CONSOLIDATION_SECONDS = 300;
/**
 * Minimum time before the same request can start the consolidation again: other requests may have
 * taken units meanwhile.
 */
export const CONSOLIDATION_REPEAT_SECONDS = 10;

export type ConsolidateStock = CommandContext & Pick<Demand, 'locationId' | 'quantity'>;

/**
 * Returns the consolidation that is active at the location, or undefined where the cells are to be
 * level.
 */
export const consolidationAt = (
  stockItem: StockItem,
  locationId: string,
  now: Instant,
): Consolidation | undefined =>
  (stockItem.consolidations ?? []).find(
    (one) => one.locationId === locationId && !hasEnded(one, now),
  );

/**
 * Returns true where the record still has a consolidation that has ended: its cells are to be level
 * again.
 */
export const hasEndedConsolidation = (stockItem: StockItem, now: Instant): boolean =>
  (stockItem.consolidations ?? []).some((one) => hasEnded(one, now));

const hasEnded = ({ at }: Consolidation, now: Instant): boolean =>
  now - at >= CONSOLIDATION_SECONDS * MILLISECONDS_PER_SECOND;

/**
 * Requests a number of units of the SKU in one cell of the location, so that a retry of a request
 * that needed too many cells can succeed. The consumer of the resulting event moves the units.
 * Changes nothing within `CONSOLIDATION_REPEAT_SECONDS` of the same request.
 */
export function decideConsolidation(
  stockItem: StockItem | undefined,
  { locationId, quantity, ...context }: ConsolidateStock,
): Decision<undefined, never> {
  if (stockItem === undefined) return { next: 'replay', value: undefined };
  const { now } = context;
  const current = consolidationAt(stockItem, locationId, now);
  const isRecent =
    current !== undefined &&
    current.units >= quantity &&
    now - current.at < CONSOLIDATION_REPEAT_SECONDS * MILLISECONDS_PER_SECOND;
  if (isRecent) return { next: 'replay', value: undefined };
  const others = (stockItem.consolidations ?? []).filter(
    (one) => one.locationId !== locationId && !hasEnded(one, now),
  );
  const units = Math.max(quantity, current?.units ?? 0);
  return {
    next: 'commit',
    value: undefined,
    change: stockItemChange(
      { ...stockItem, consolidations: [...others, { locationId, units, at: now }] },
      stockItem,
      context,
    ),
  };
}

/**
 * Returns a change that removes the consolidations that have ended, or undefined where there are
 * none.
 */
export function endConsolidations(
  stockItem: StockItem,
  context: CommandContext,
): Change | undefined {
  if (!hasEndedConsolidation(stockItem, context.now)) return undefined;
  const { consolidations = [], ...rest } = stockItem;
  const open = consolidations.filter((one) => !hasEnded(one, context.now));
  return stockItemChange(
    open.length === 0 ? rest : { ...rest, consolidations: open },
    stockItem,
    context,
  );
}

/** Returns a change of the SKU's record that changes no cell. */
function stockItemChange(
  after: StockItem,
  before: StockItem,
  { now, correlationId }: CommandContext,
): Change {
  const version = before.version + 1;
  return {
    operationId: `${before.sku}.settings.${version}`,
    at: now,
    correlationId,
    cells: [],
    stockItem: {
      after: { ...after, version, updatedAt: toIso(now), correlationId },
      expectedVersion: before.version,
    },
  };
}
