import { err, ok, type Result } from '../../../shared/core/result.ts';
import type { Cell, CellKey } from '../ledger/cell.ts';
import { type CellPlan, toCellChanges, touchCell } from '../ledger/cell-plan.ts';
import type { CellChange, Change } from '../ledger/change.ts';
import {
  type BookState,
  type CommandContext,
  type Decision,
  findCell,
  movementContext,
} from '../ledger/decision.ts';
import {
  type AccountRef,
  AVAILABLE,
  COMMITTED,
  heldInBucket,
  type Movement,
  OUTSIDE,
} from '../ledger/movement.ts';
import { withTransfer } from '../ledger/transfer.ts';
import { type Accounts, accountsOf, differenceOf, isNegative } from './accounts.ts';
import type { LostMovement } from './lost-movements.ts';

type CellRepairCommand = CommandContext & {
  readonly operationId: string;
  readonly fingerprint: string;
  readonly findingId: string;
  readonly cell: CellKey;
  /** Of the cell, as it was audited. */
  readonly version: number;
};
export type RebuildCell = CellRepairCommand & { readonly accounts: Accounts };
export type RestoreMovements = CellRepairCommand & { readonly lost: readonly LostMovement[] };

export type RepairCellResult = { readonly version: number };
export type RepairCellError =
  | { readonly kind: 'keyReused' }
  /** The cell is not what was audited any more. */
  | { readonly kind: 'versionConflict' }
  /** What is asked for cannot be the truth of a cell. */
  | { readonly kind: 'notRepairable' };

/** The accounts are set to what the movements add up to, told by a REBUILT movement for each that changes. */
export function decideRebuildCell(
  state: BookState,
  command: RebuildCell,
): Decision<RepairCellResult, RepairCellError> {
  const earlier = replayOf(state, command);
  if (earlier !== undefined) return earlier;
  const cell = cellAsAudited(state, command);
  if (cell === undefined) return err({ kind: 'versionConflict' });
  const { accounts, findingId, operationId } = command;
  if (isNegative(accounts)) return err({ kind: 'notRepairable' });

  const { available, held, committed } = differenceOf(accounts, accountsOf(cell));
  const differences: readonly (readonly [AccountRef, number])[] = [
    [AVAILABLE, available],
    ...[...held].map(([bucket, units]) => [heldInBucket(bucket), units] as const),
    [COMMITTED, committed],
  ];
  const plan: CellPlan = {
    ...touchCell(cell),
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
  const repaired = createRepairChange(
    command,
    cell,
    toCellChanges([plan], movementContext(operationId, command, { findingId })),
  );
  if (!repaired.ok || state.sku === undefined || cell.shard < state.sku.openShardCount)
    return repaired;
  // What comes into a cell that was closed must be seen, and fetched from there.
  const after = withTransfer(state.sku, { to: cell, units: Math.max(available, 0) }, command);
  const stockItem = { after, expectedVersion: state.sku.version };
  return ok({ ...repaired.value, change: { ...repaired.value.change, stockItem } });
}

/** Movements are written again as their marker has them; the balance has them already, and stays as it is. */
export function decideRestoreMovements(
  state: BookState,
  command: RestoreMovements,
): Decision<RepairCellResult, RepairCellError> {
  const earlier = replayOf(state, command);
  if (earlier !== undefined) return earlier;
  const cell = cellAsAudited(state, command);
  if (cell === undefined) return err({ kind: 'versionConflict' });
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
  return createRepairChange(command, cell, [
    { ...plan, guard: { version: cell.version }, movements },
  ]);
}

/** The answer of before, if this repair was done. */
function replayOf(
  { operation }: BookState,
  { fingerprint }: CellRepairCommand,
): Result<{ value: RepairCellResult }, RepairCellError> | undefined {
  if (operation === undefined) return undefined;
  if (operation.fingerprint !== fingerprint) return err({ kind: 'keyReused' });
  // Written by this file only, in the transaction that made the mark.
  return ok({ value: operation.result as RepairCellResult });
}

/** The cell, if it is still what was audited. */
function cellAsAudited(
  state: BookState,
  { cell: key, version }: CellRepairCommand,
): Cell | undefined {
  const cell = findCell(state, key);
  return cell?.version === version ? cell : undefined;
}

function createRepairChange(
  { operationId, fingerprint, now, correlationId }: CellRepairCommand,
  cell: Cell,
  cells: readonly CellChange[],
): Result<{ value: RepairCellResult; change: Change }, never> {
  const value = { version: cell.version + 1 };
  const operation = { operationId, fingerprint, result: value, at: now };
  return ok({
    value,
    change: {
      operationId,
      at: now,
      correlationId,
      idempotencyRecord: { kind: 'operation', operation },
      cells,
    },
  });
}
