import { accepted, type Result, refused } from '../../../shared/core/result.ts';
import type { Cell, CellKey } from '../ledger/cell.ts';
import { type CellPlan, numbered, unchangedCell } from '../ledger/cell-change.ts';
import type { CellChange, Change } from '../ledger/change.ts';
import {
  type BookState,
  type CommandContext,
  cellIn,
  type Decision,
  movementContext,
} from '../ledger/decision.ts';
import {
  AVAILABLE,
  COMMITTED,
  heldUntil,
  type Movement,
  OUTSIDE,
  type Place,
} from '../ledger/movement.ts';
import { withTransfer } from '../ledger/transfer.ts';
import { type Accounts, accountsOf, differenceOf, isNegative } from './accounts.ts';
import type { LostMovement } from './lost-movements.ts';

type Repair = CommandContext & {
  readonly operationId: string;
  readonly fingerprint: string;
  readonly findingId: string;
  readonly cell: CellKey;
  /** Of the cell, as it was audited. */
  readonly version: number;
};
export type RebuildCell = Repair & { readonly accounts: Accounts };
export type RestoreMovements = Repair & { readonly lost: readonly LostMovement[] };

export type RepairedCell = { readonly version: number };
export type RepairRefusal =
  | { readonly kind: 'keyReused' }
  /** The cell is not what was audited any more. */
  | { readonly kind: 'movedOn' }
  /** What is asked for cannot be the truth of a cell. */
  | { readonly kind: 'notRepairable' };

/** The accounts are set to what the movements add up to, told by a REBUILT movement for each that changes. */
export function decideRebuild(
  state: BookState,
  command: RebuildCell,
): Decision<RepairedCell, RepairRefusal> {
  const earlier = repeatOf(state, command);
  if (earlier !== undefined) return earlier;
  const cell = auditedCell(state, command);
  if (cell === undefined) return refused({ kind: 'movedOn' });
  const { accounts, findingId, operationId } = command;
  if (isNegative(accounts)) return refused({ kind: 'notRepairable' });

  const { available, held, committed } = differenceOf(accounts, accountsOf(cell));
  const rebuilt: readonly (readonly [Place, number])[] = [
    [AVAILABLE, available],
    ...[...held].map(([slot, units]) => [heldUntil(slot), units] as const),
    [COMMITTED, committed],
  ];
  const plan: CellPlan = {
    ...unchangedCell(cell),
    available,
    committed,
    held: Object.fromEntries(held),
    guard: { version: cell.version },
    transfers: rebuilt
      .filter(([, units]) => units !== 0)
      .map(([place, units]) => ({
        kind: 'REBUILT',
        quantity: Math.abs(units),
        from: units > 0 ? OUTSIDE : place,
        to: units > 0 ? place : OUTSIDE,
      })),
  };
  const repaired = written(
    command,
    cell,
    numbered([plan], movementContext(operationId, command, { findingId })),
  );
  if (!repaired.ok || state.sku === undefined || cell.shard < state.sku.openShards) return repaired;
  // What comes into a cell that was closed must be seen, and fetched from there.
  const after = withTransfer(state.sku, { to: cell, units: Math.max(available, 0) }, command);
  const sku = { after, expectedVersion: state.sku.version };
  return accepted({ ...repaired.value, change: { ...repaired.value.change, sku } });
}

/** Movements are written again as their marker has them; the balance has them already, and stays as it is. */
export function decideRestore(
  state: BookState,
  command: RestoreMovements,
): Decision<RepairedCell, RepairRefusal> {
  const earlier = repeatOf(state, command);
  if (earlier !== undefined) return earlier;
  const cell = auditedCell(state, command);
  if (cell === undefined) return refused({ kind: 'movedOn' });
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
  const { transfers: _none, ...plan } = unchangedCell(cell);
  return written(command, cell, [{ ...plan, guard: { version: cell.version }, movements }]);
}

/** The answer of before, if this repair was done. */
function repeatOf(
  { operation }: BookState,
  { fingerprint }: Repair,
): Result<{ value: RepairedCell }, RepairRefusal> | undefined {
  if (operation === undefined) return undefined;
  if (operation.fingerprint !== fingerprint) return refused({ kind: 'keyReused' });
  // Written by this file only, in the transaction that made the mark.
  return accepted({ value: operation.result as RepairedCell });
}

/** The cell, if it is still what was audited. */
function auditedCell(state: BookState, { cell: key, version }: Repair): Cell | undefined {
  const cell = cellIn(state, key);
  return cell?.version === version ? cell : undefined;
}

function written(
  { operationId, fingerprint, now, correlationId }: Repair,
  cell: Cell,
  cells: readonly CellChange[],
): Result<{ value: RepairedCell; change: Change }, never> {
  const value = { version: cell.version + 1 };
  const operation = { operationId, fingerprint, result: value, at: now };
  return accepted({
    value,
    change: {
      operationId,
      at: now,
      correlationId,
      marker: { kind: 'operation', operation },
      cells,
    },
  });
}
