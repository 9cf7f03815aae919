import { toIso } from '../../../shared/core/instant.ts';
import { availableUnits } from '../ledger/allocation.ts';
import type { Cell, CellKey, PostedCount } from '../ledger/cell.ts';
import {
  addAvailable,
  type CellPlan,
  takeAvailable,
  toCellChanges,
  touchCell,
} from '../ledger/cell-plan.ts';
import type { Change, OperationRecord } from '../ledger/change.ts';
import {
  type CommandContext,
  cellsAtLocation,
  type Decision,
  findCell,
  movementContext,
  type OperationState,
  rejectUnconfirmed,
  replayOf,
} from '../ledger/decision.ts';
import { OUTSIDE } from '../ledger/movement.ts';
import { consolidateAtHome } from './consolidate-at-home.ts';
import type { LocationShortageError } from './stock-entry.ts';

export type PostCount = CommandContext & {
  readonly operationId: string;
  readonly fingerprint: string;
  readonly cell: CellKey;
  readonly counted: number;
  readonly countedAt: number;
  readonly expected: number;
  readonly delta: number;
  /** Id of the last count when `expected` was read; undefined for none. */
  readonly lastCountId: string | undefined;
  /** `movementId` of the last manual adjustment when `expected` was read; undefined for none. */
  readonly lastAdjustmentId: string | undefined;
  readonly findingId: string | undefined;
  readonly reference: string | undefined;
};

export type CountError =
  | { readonly kind: 'keyReused' }
  | { readonly kind: 'notFound' }
  /**
   * A count or a manual adjustment was posted since: the book may include this count's difference
   * already.
   */
  | { readonly kind: 'versionConflict' }
  /** The location's last count is not older than this one, so this one adds no information. */
  | {
      readonly kind: 'superseded';
      readonly lastCount: { readonly countId: string; readonly countedAt: string };
    }
  | LocationShortageError;

// Only this file writes the result, in the transaction that writes the operation record.
const resultOf = ({ result }: OperationRecord) => result as PostedCount;

/**
 * Posts a count. The difference becomes an ADJUSTED movement with the reason `cycle_count`, in
 * effect as of the count. It takes only available units, from the home cell (see
 * `consolidateAtHome`). A count without a difference moves nothing and becomes the last count. A
 * count that is not later than the last count is rejected.
 */
export function decideCount(
  state: OperationState,
  command: PostCount,
): Decision<PostedCount, CountError> {
  const { operationId, fingerprint, cell: key, delta, now } = command;
  const earlier = replayOf(state, command, resultOf);
  if (earlier !== undefined) return earlier;
  const cell = findCell(state, key);
  if (!state.stockItems.has(key.sku) || cell === undefined)
    return rejectUnconfirmed({ kind: 'notFound' });
  const { lastCount, lastAdjustment } = cell;
  if (lastCount !== undefined && lastCount.countedAt >= command.countedAt)
    return rejectUnconfirmed({
      kind: 'superseded',
      lastCount: { countId: lastCount.countId, countedAt: toIso(lastCount.countedAt) },
    });
  if (lastCount?.countId !== command.lastCountId)
    return rejectUnconfirmed({ kind: 'versionConflict' });
  if (lastAdjustment?.movementId !== command.lastAdjustmentId)
    return rejectUnconfirmed({ kind: 'versionConflict' });

  const plan = planCount(cell, command);
  if (plan === undefined) {
    const transfer = consolidateAtHome(state, { key, units: -delta }, command);
    if (transfer !== undefined) return { next: 'prepare', change: transfer };
    const available = availableUnits(cellsAtLocation(state, key), now);
    const shortages = [{ sku: key.sku, requested: -delta, available }] as const;
    return rejectUnconfirmed({ kind: 'insufficientStock', shortages }, shortages);
  }
  const { countedAt, counted, expected, by } = command;
  const count: PostedCount = {
    countId: operationId,
    countedAt,
    counted,
    expected,
    postedAt: now,
    by,
  };
  const [change] = toCellChanges(
    [plan],
    movementContext(operationId, command, {
      reason: 'cycle_count',
      effectiveAt: countedAt,
      ...(command.reference === undefined ? {} : { reference: command.reference }),
      ...(command.findingId === undefined ? {} : { findingId: command.findingId }),
    }),
  );
  if (change === undefined) throw new Error('the plan of a count has no cell change');
  const movement = change.movements.find(({ kind }) => kind === 'ADJUSTED');
  const guard = {
    ...change.guard,
    lastCountId: command.lastCountId ?? null,
    lastAdjustmentId: command.lastAdjustmentId ?? null,
  };
  const written: Change = {
    operationId,
    at: now,
    correlationId: command.correlationId,
    idempotencyRecord: {
      kind: 'operation',
      operation: {
        operationId,
        fingerprint,
        result: count,
        at: now,
        ...(movement === undefined ? {} : { entry: { cell: key, movement } }),
      },
    },
    cells: [{ ...change, guard, count }],
  };
  return { next: 'commit', value: count, change: written };
}

function planCount(cell: Cell, { cell: key, delta, now }: PostCount): CellPlan | undefined {
  if (delta === 0) return touchCell(key);
  if (delta > 0) return addAvailable(key, { quantity: delta, kind: 'ADJUSTED' });
  return takeAvailable(cell, { quantity: -delta, kind: 'ADJUSTED', to: OUTSIDE, now });
}
