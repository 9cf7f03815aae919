import { auditCell } from '../../lambdas/inventory/domain/audit/audit-cell.ts';
import type {
  MovementBatch,
  ReplayedBalance,
} from '../../lambdas/inventory/domain/audit/balance-replay.ts';
import type { CellDisagreement } from '../../lambdas/inventory/domain/audit/cell-books.ts';
import {
  type Checkpoint,
  checkpointOf,
  isPositionClosed,
  MOVEMENT_DELAY_MILLISECONDS_MAX,
  replayFrom,
} from '../../lambdas/inventory/domain/audit/checkpoint.ts';
import {
  decideRebuildCell,
  decideRestoreMovements,
} from '../../lambdas/inventory/domain/audit/repair-cell.ts';
import { decideRepairReservation } from '../../lambdas/inventory/domain/audit/repair-reservation.ts';
import { replayedReservationOf } from '../../lambdas/inventory/domain/audit/replayed-reservation.ts';
import { type Cell, cellIdOf } from '../../lambdas/inventory/domain/ledger/cell.ts';
import type { Reservation } from '../../lambdas/inventory/domain/ledger/reservation.ts';
import { reserveOperationId } from '../../lambdas/inventory/domain/reservations/reservation-step.ts';
import { executeCommand } from '../../lambdas/inventory/use-cases/execute-command.ts';
import {
  loadCellForOperation,
  loadReservation,
} from '../../lambdas/inventory/use-cases/load-state.ts';
import { toIso } from '../../lambdas/shared/core/instant.ts';
import { unwrap } from './inventory.ts';
import type { CellMovement, MemoryStockStore } from './memory-stock-store.ts';

/** Returns the batches of movements of a cell, ordered by their keys. */
export function batchesOf(store: MemoryStockStore, cell: Cell): MovementBatch[] {
  const byOperation = new Map<string, CellMovement[]>();
  for (const movement of store.movements.filter(({ cellId }) => cellId === cellIdOf(cell))) {
    const operationId = operationIdOf(store, movement);
    byOperation.set(operationId, [...(byOperation.get(operationId) ?? []), movement]);
  }
  return [...byOperation]
    .map(([operationId, movements]): MovementBatch => {
      const at = movements[0]?.at ?? 0;
      return { key: `MOVE#${toIso(at)}#${operationId}`, at, operationId, movements };
    })
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/**
 * Returns the operation of a movement. A restored movement keeps its first id, and its operation is
 * the repair.
 */
function operationIdOf(store: MemoryStockStore, { movementId, findingId }: CellMovement): string {
  const repair = [...store.operations.keys()].find(
    (id) => findingId !== undefined && id.includes(findingId),
  );
  return repair ?? movementId.slice(0, movementId.lastIndexOf('.'));
}

/**
 * Returns the checkpoint that an audit at `now` would write, or undefined where no batch is old
 * enough.
 */
export function checkpointAt(
  store: MemoryStockStore,
  cell: Cell,
  now: number,
): Checkpoint | undefined {
  const whole = replayOf(store, cell);
  const settled = replayFrom(undefined);
  const entries = batchesOf(store, cell).filter(
    ({ at }) => at <= now - MOVEMENT_DELAY_MILLISECONDS_MAX,
  );
  for (const entry of entries) settled.add(entry);
  const isClosed = (id: string): boolean => {
    const position = whole.positions.get(id);
    return (
      position !== undefined &&
      isPositionClosed(position, store.reservations.get(id), cell.expiredThrough, now)
    );
  };
  const balance = settled.snapshot();
  const positions = new Map([...balance.positions].filter(([id]) => !isClosed(id)));
  const last = entries.at(-1);
  return last === undefined ? undefined : checkpointOf({ ...balance, positions }, last);
}

export function replayOf(
  store: MemoryStockStore,
  cell: Cell,
  checkpoint?: Checkpoint,
): ReplayedBalance {
  const replay = replayFrom(checkpoint);
  for (const entry of batchesOf(store, cell)) {
    if (checkpoint === undefined || entry.key > checkpoint.through) replay.add(entry);
  }
  return replay.snapshot();
}

/**
 * Audits a cell of the book in memory, from a checkpoint if there is one, as the table's audit does
 * with hints.
 */
export function auditMemoryCell(
  store: MemoryStockStore,
  cell: Cell,
  now: number,
  checkpoint?: Checkpoint,
): CellDisagreement[] {
  const replay = replayOf(store, cell, checkpoint);
  const operationIds = new Set(batchesOf(store, cell).map(({ operationId }) => operationId));
  const isHinted = ({ reservationId, lines }: Reservation) =>
    lines.some((line) => cellIdOf(line) === cellIdOf(cell)) &&
    !operationIds.has(reserveOperationId(reservationId));
  const entryRecords = [...store.operations.values()].filter(
    ({ entry, at }) =>
      entry !== undefined &&
      cellIdOf(entry.cell) === cellIdOf(cell) &&
      at > (checkpoint?.throughAt ?? 0),
  );
  return auditCell(
    {
      cell,
      replay,
      reservations: new Map(
        [...store.reservations].filter(
          ([id, reservation]) => replay.positions.has(id) || isHinted(reservation),
        ),
      ),
      operations: store.operations,
      entryRecords,
      unreadable: new Set(),
    },
    now,
  );
}

let repairs = 0;

/**
 * Applies the repair that the finding proposes, by the commands of its owner. Returns false if none
 * is proposed.
 */
export async function applyRepair(
  store: MemoryStockStore,
  found: CellDisagreement,
  now: number,
): Promise<boolean> {
  repairs += 1;
  const findingId = `finding-${repairs}`;
  const operationId = `repair-${findingId}`;
  const command = {
    operationId,
    findingId,
    fingerprint: '',
    by: 'reconciler',
    correlationId: 'corr-1',
    now,
    cell: found.cell,
    version: found.version,
  };
  const repair = {
    context: command,
    record: { operationId },
    read: () => loadCellForOperation(store, found.cell, operationId),
  };
  if (found.kind === 'BALANCE_DIFFERS' && found.isRebuildable) {
    const accounts = found.movements;
    unwrap(
      await executeCommand(store, {
        ...repair,
        decide: (state) => decideRebuildCell(state, { ...command, accounts }),
      }),
    );
    return true;
  }
  if (found.kind === 'MOVEMENT_MISSING' && found.isRestorable) {
    const { lost } = found;
    unwrap(
      await executeCommand(store, {
        ...repair,
        decide: (state) => decideRestoreMovements(state, { ...command, lost }),
      }),
    );
    return true;
  }
  if (found.kind === 'RESERVATION_DIFFERS' && found.isCertain) {
    const { reservationId, reservationVersion: version } = found;
    const lines = store.reservations.get(reservationId)?.lines ?? [];
    const replayed = new Map(
      lines.map((line) => {
        const cell = store.cells.get(cellIdOf(line));
        if (cell === undefined) throw new Error(`the cell ${cellIdOf(line)} does not exist`);
        const position = replayOf(store, cell).positions.get(reservationId);
        return [cellIdOf(line), replayedReservationOf(position, cell)];
      }),
    );
    const { cell, ...follow } = {
      ...command,
      reservationId,
      version,
      action: 'followMovements' as const,
      replayed,
    };
    const result = await executeCommand(store, {
      context: command,
      record: { reservationId },
      read: () => loadReservation(store, reservationId),
      decide: (state) => decideRepairReservation(state, follow),
    });
    // The lines of a reservation may disagree. Then only a person can decide.
    return result.ok;
  }
  return false;
}
