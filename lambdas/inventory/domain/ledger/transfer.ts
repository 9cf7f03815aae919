import { toIso } from '../../../shared/core/instant.ts';
import type { Allocation } from './allocation.ts';
import type { Cell, CellKey } from './cell.ts';
import { type CellPlan, receiveTransfer, takeAvailable, toCellChanges } from './cell-plan.ts';
import type { CellChange, Change, OperationRecord } from './change.ts';
import { type CommandContext, movementContext } from './decision.ts';
import { availableInShard } from './movement.ts';
import type { StockItem } from './stock-item.ts';

/** Each takes four actions of the 100 that a transaction has: its balance, its movement, and a mark at both ends. */
export const TRANSFER_SOURCES_MAX = 20;

/**
 * Units go from some cells to another one of the same sku and location. Undefined where the cells do not have them. The sku's record
 * is written with it: so no two transfers of a sku happen at once, and whoever looks at all its cells can tell that one happened.
 */
export function planTransfer(
  sku: StockItem,
  { to, creates }: { readonly to: CellKey; readonly creates: boolean },
  sources: readonly Allocation[],
  context: CommandContext,
): Change | undefined {
  const plans: CellPlan[] = [];
  const allocations = sources.slice(0, TRANSFER_SOURCES_MAX);
  for (const { cell, quantity } of allocations) {
    const plan = takeAvailable(cell, {
      quantity,
      kind: 'TRANSFERRED',
      to: availableInShard(to.shard),
      now: context.now,
    });
    if (plan === undefined) return undefined;
    plans.push(plan);
  }
  const parts = allocations.map(({ cell, quantity }) => ({ shard: cell.shard, quantity }));
  const units = parts.reduce((sum, { quantity }) => sum + quantity, 0);
  const after = withTransfer(sku, { to, units }, context);
  // A sku may have dots in it, and what is numbered behind it must not be another sku's.
  const operationId = `transfer#${sku.sku}#${after.transferCount}`;
  const cells = toCellChanges(
    [...plans, receiveTransfer(to, parts, creates)],
    movementContext(operationId, context),
  );
  return {
    operationId,
    at: context.now,
    correlationId: context.correlationId,
    idempotencyRecord: {
      kind: 'operation',
      operation: createOperationRecord(operationId, context),
    },
    entryRecords: cells.flatMap((cell) => entryRecordsOf(cell, context)),
    cells,
    stockItem: { after, expectedVersion: sku.version },
  };
}

/** Of each movement by itself, in its cell: either half is found again if it is lost. */
const entryRecordsOf = (
  { cell, movements }: CellChange,
  context: CommandContext,
): OperationRecord[] =>
  movements
    .filter(({ kind }) => kind === 'TRANSFERRED')
    .map((movement) => ({
      ...createOperationRecord(movement.movementId, context),
      entry: { cell, movement },
    }));

/** No request asks for a transfer by a key, so its mark has no fingerprint and no response. */
const createOperationRecord = (operationId: string, { now }: CommandContext): OperationRecord => ({
  operationId,
  fingerprint: '',
  at: now,
});

/** The sku's record with one transfer more; a cell that was closed is open again with what comes into it. */
export const withTransfer = (
  sku: StockItem,
  { to, units }: { readonly to: CellKey; readonly units: number },
  { now, correlationId }: CommandContext,
): StockItem => ({
  ...sku,
  openShardCount: Math.max(sku.openShardCount, to.shard + 1),
  transferCount: sku.transferCount + 1,
  unitsTransferred: sku.unitsTransferred + units,
  version: sku.version + 1,
  updatedAt: toIso(now),
  correlationId,
});

/** Units of the others that a cell lacks come to it, as many as one change can bring; undefined where it lacks none, or they have none. */
export function consolidateInto(
  sku: StockItem | undefined,
  home: Cell | undefined,
  others: readonly Allocation[],
  shortfall: number,
  context: CommandContext,
): Change | undefined {
  if (sku === undefined || home === undefined || shortfall <= 0) return undefined;
  const sources: Allocation[] = [];
  let remaining = shortfall;
  for (const { cell, quantity } of [...others].sort((a, b) => b.quantity - a.quantity)) {
    const part = Math.min(quantity, remaining);
    if (part <= 0) break;
    sources.push({ cell, quantity: part });
    remaining -= part;
  }
  return sources.length === 0
    ? undefined
    : planTransfer(sku, { to: home, creates: false }, sources, context);
}
