import { toIso } from '../../../shared/core/instant.ts';
import type { Allocation } from './allocation.ts';
import type { Cell, CellKey } from './cell.ts';
import { type CellPlan, receiveTransfer, takeAvailable, toCellChanges } from './cell-plan.ts';
import type { CellChange, Change, OperationRecord } from './change.ts';
import { type CommandContext, movementContext } from './decision.ts';
import { availableInShard } from './movement.ts';
import type { StockItem } from './stock-item.ts';

/**
 * Maximum sources of a transfer. Each takes four of the 100 actions of a transaction: its balance,
 * its movement and an operation record at both ends.
 */
export const TRANSFER_SOURCES_MAX = 20;

/**
 * Plans to move units from some cells to another cell of the same SKU and location. Returns
 * undefined where the cells lack them. The SKU's record is written too: two transfers of a SKU
 * exclude each other, and a read of all its cells can detect one.
 */
export function planTransfer(
  stockItem: StockItem,
  { to, creates, keepsFloor = false }: TransferTarget,
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
      keepsFloor,
    });
    if (plan === undefined) return undefined;
    plans.push(plan);
  }
  const parts = allocations.map(({ cell, quantity }) => ({ shard: cell.shard, quantity }));
  const units = parts.reduce((sum, { quantity }) => sum + quantity, 0);
  const after = withTransfer(stockItem, { to, units }, context);
  // SKUs may contain dots. With `.` as separator, another SKU could have the same operation id.
  const operationId = `transfer#${stockItem.sku}#${after.transferCount}`;
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
    stockItem: { after, expectedVersion: stockItem.version },
  };
}

type TransferTarget = {
  readonly to: CellKey;
  readonly creates: boolean;
  /** True for a transfer that leaves the safety stock in its sources. */
  readonly keepsFloor?: boolean;
};

/**
 * Returns an operation record for each movement, in its cell: either half of a transfer can be
 * restored.
 */
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

/**
 * Creates the operation record of a transfer. No request repeats a transfer, so the record has no
 * fingerprint and no response.
 */
const createOperationRecord = (operationId: string, { now }: CommandContext): OperationRecord => ({
  operationId,
  fingerprint: '',
  at: now,
});

/** Returns the SKU with one more transfer. The target cell counts as open from then on. */
export const withTransfer = (
  stockItem: StockItem,
  { to, units }: { readonly to: CellKey; readonly units: number },
  { now, correlationId }: CommandContext,
): StockItem => ({
  ...stockItem,
  openShardCount: Math.max(stockItem.openShardCount, to.shard + 1),
  transferCount: stockItem.transferCount + 1,
  unitsTransferred: stockItem.unitsTransferred + units,
  version: stockItem.version + 1,
  updatedAt: toIso(now),
  correlationId,
});

/**
 * Plans to bring units that a cell lacks from others, up to what one change can move. Returns
 * undefined where it lacks none, or the others have none.
 */
export function consolidateInto(
  stockItem: StockItem | undefined,
  home: Cell | undefined,
  others: readonly Allocation[],
  shortfall: number,
  context: CommandContext,
  { keepsFloor }: Pick<TransferTarget, 'keepsFloor'> = {},
): Change | undefined {
  if (stockItem === undefined || home === undefined || shortfall <= 0) return undefined;
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
    : planTransfer(
        stockItem,
        { to: home, creates: false, keepsFloor: keepsFloor === true },
        sources,
        context,
      );
}
