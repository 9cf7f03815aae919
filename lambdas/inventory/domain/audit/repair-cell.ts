import { defined } from '../../../shared/core/defined.ts';
import { nextVersion } from '../../../shared/core/next-version.ts';
import { type Cell, type CellKey, FIRST_SHARD, floorOf } from '../ledger/cell.ts';
import { type CellPlan, toCellChanges, touchCell } from '../ledger/cell-plan.ts';
import type { CellChange, Change, OperationRecord } from '../ledger/change.ts';
import {
  type CommandContext,
  type Decision,
  findCell,
  movementContext,
  type OperationState,
  rejectUnconfirmed,
  replayOf,
} from '../ledger/decision.ts';
import {
  type AccountRef,
  AVAILABLE,
  COMMITTED,
  heldInBucket,
  type Movement,
  OUTSIDE,
} from '../ledger/movement.ts';
import { floorAt, type StockItem } from '../ledger/stock-item.ts';
import { withTransfer } from '../ledger/transfer.ts';
import { type Accounts, accountsOf, differenceOf, isNegative } from './accounts.ts';
import type { LostMovement } from './lost-movements.ts';

type CellRepairCommand = CommandContext & {
  readonly operationId: string;
  readonly fingerprint: string;
  readonly findingId: string;
  readonly cell: CellKey;
  /** Version of the cell that was audited. */
  readonly version: number;
};
export type RebuildCell = CellRepairCommand & { readonly accounts: Accounts };
export type RestoreMovements = CellRepairCommand & { readonly lost: readonly LostMovement[] };

export type RepairCellResult = { readonly version: number };
export type RepairCellError =
  | { readonly kind: 'keyReused' }
  /** The cell changed after the audit. */
  | { readonly kind: 'versionConflict' }
  /** The requested accounts are impossible: some are negative. */
  | { readonly kind: 'notRepairable' };

/**
 * Sets the accounts to the sums of the movements, and the floor of a first cell to the safety stock
 * of its SKU: no movement has it. A REBUILT movement records each account that changes.
 */
export function decideRebuildCell(
  state: OperationState,
  command: RebuildCell,
): Decision<RepairCellResult, RepairCellError> {
  const earlier = replayOf(state, command, resultOf);
  if (earlier !== undefined) return earlier;
  const cell = cellAsAudited(state, command);
  if (cell === undefined) return rejectUnconfirmed({ kind: 'versionConflict' });
  const { accounts, findingId, operationId } = command;
  if (isNegative(accounts)) return rejectUnconfirmed({ kind: 'notRepairable' });

  const { available, held, committed } = differenceOf(accounts, accountsOf(cell));
  const differences: readonly (readonly [AccountRef, number])[] = [
    [AVAILABLE, available],
    ...[...held].map(([bucket, units]) => [heldInBucket(bucket), units] as const),
    [COMMITTED, committed],
  ];
  const item = state.stockItems.get(cell.sku);
  const floor = lostFloorOf(cell, item);
  const plan: CellPlan = {
    ...touchCell(cell),
    ...defined({ floor }),
    available,
    committed,
    held: Object.fromEntries(held),
    guard: { version: cell.version },
    moves: differences
      .filter(([, units]) => units !== 0)
      .map(([account, units]) => ({
        kind: 'REBUILT',
        quantity: Math.abs(units),
        from: units > 0 ? OUTSIDE : account,
        to: units > 0 ? account : OUTSIDE,
      })),
  };
  const { value, change } = createRepairChange(
    command,
    cell,
    toCellChanges([plan], movementContext(operationId, command, { findingId })),
  );
  if (item === undefined || (floor === undefined && cell.shard < item.openShardCount))
    return { next: 'commit', value, change };
  const after =
    floor === undefined
      ? // Units in a closed cell must be visible to readers, and transferred from there.
        withTransfer(item, { to: cell, units: Math.max(available, 0) }, command)
      : // A safety stock that is changed meanwhile fails this write.
        { ...nextVersion(item, command.now), correlationId: command.correlationId };
  const stockItem = { after, expectedVersion: item.version };
  return { next: 'commit', value, change: { ...change, stockItem } };
}

/** Returns the floor of a first cell that has another one than its SKU's record; else undefined. */
function lostFloorOf(cell: Cell, item: StockItem | undefined): number | undefined {
  if (cell.shard !== FIRST_SHARD || item === undefined) return undefined;
  const floor = floorAt(item, cell.locationId);
  return floor === floorOf(cell) ? undefined : floor;
}

/**
 * Writes lost movements again, as their records have them. The balance includes them already, so it
 * does not change.
 */
export function decideRestoreMovements(
  state: OperationState,
  command: RestoreMovements,
): Decision<RepairCellResult, RepairCellError> {
  const earlier = replayOf(state, command, resultOf);
  if (earlier !== undefined) return earlier;
  const cell = cellAsAudited(state, command);
  if (cell === undefined) return rejectUnconfirmed({ kind: 'versionConflict' });
  const { lost, findingId, operationId, now, by } = command;
  const movements = lost.map(
    (movement, index): Movement => ({
      movementId: `${operationId}.${index + 1}`,
      by,
      ...movement,
      at: now,
      restored: true,
      findingId,
    }),
  );
  const { moves: _none, ...plan } = touchCell(cell);
  const repair = createRepairChange(command, cell, [
    { ...plan, guard: { version: cell.version }, movements },
  ]);
  return { next: 'commit', ...repair };
}

// Only this file writes the result, in the transaction that writes the operation record.
const resultOf = ({ result }: OperationRecord) => result as RepairCellResult;

/** Returns the cell if it did not change after the audit. */
function cellAsAudited(
  state: OperationState,
  { cell: key, version }: CellRepairCommand,
): Cell | undefined {
  const cell = findCell(state, key);
  return cell?.version === version ? cell : undefined;
}

function createRepairChange(
  { operationId, fingerprint, now, correlationId }: CellRepairCommand,
  cell: Cell,
  cells: readonly CellChange[],
): { readonly value: RepairCellResult; readonly change: Change } {
  const value = { version: cell.version + 1 };
  const operation = { operationId, fingerprint, result: value, at: now };
  return {
    value,
    change: {
      operationId,
      at: now,
      correlationId,
      idempotencyRecord: { kind: 'operation', operation },
      cells,
    },
  };
}
