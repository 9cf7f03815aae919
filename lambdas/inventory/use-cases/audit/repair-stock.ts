import type { LostMovement as LostMovementView } from '../../../contracts/api/audit.ts';
import type { PostCountRequest, RepairCellRequest } from '../../../contracts/api/repair.ts';
import { fingerprintOf } from '../../../shared/core/fingerprint.ts';
import type { LostMovement } from '../../domain/audit/lost-movements.ts';
import { decideRebuildCell, decideRestoreMovements } from '../../domain/audit/repair-cell.ts';
import {
  decideRepairReservation,
  type RepairReservation,
} from '../../domain/audit/repair-reservation.ts';
import {
  type ReplayedReservation,
  replayedReservationOf,
} from '../../domain/audit/replayed-reservation.ts';
import { type CellKey, cellIdOf, homeCellKey } from '../../domain/ledger/cell.ts';
import type { CommandContext } from '../../domain/ledger/decision.ts';
import { skusOfReservation } from '../../domain/reservations/late-commit-transfer.ts';
import { decideCount } from '../../domain/stock/count-stock.ts';
import { executeCommand } from '../execute-command.ts';
import {
  loadCellForOperation,
  loadReservation,
  loadReservationWithStock,
  loadStockForOperation,
} from '../load-state.ts';
import type { StockStore } from '../ports.ts';
import { prepareLateCommit } from '../reservations/change-reservation.ts';
import type { AuditReader } from './audit-ports.ts';
import { replayCell } from './replay-cell.ts';

type RepairContext = CommandContext & { readonly fingerprint: string };

/** Repairs a finding at a version of its cell. A repeat returns the first result. */
export const repairCell = (
  store: StockStore,
  { repair, ...input }: RepairCellRequest & RepairContext,
) => {
  const operationId = `repair-${input.findingId}-${input.version}`;
  const command = { ...input, operationId };
  return executeCommand(store, {
    context: command,
    record: { operationId },
    read: () => loadCellForOperation(store, command.cell, operationId),
    decide: (state) =>
      repair.action === 'rebuild'
        ? decideRebuildCell(state, { ...command, accounts: repair.accounts })
        : decideRestoreMovements(state, { ...command, lost: repair.lost.map(toLostMovement) }),
  });
};

/** The fields that JSON omits are absent here, never undefined. */
const toLostMovement = (lost: LostMovementView): LostMovement => lost as LostMovement;

/** Returns the fingerprint of a count. It ignores the caller, so that anyone's repeat matches. */
export const fingerprintOfCount = ({ by: _by, ...count }: PostCountRequest): string =>
  fingerprintOf(count);

export const postCount = (
  store: StockStore,
  {
    countId,
    sku,
    locationId,
    countedAt,
    lastCountId,
    lastAdjustmentId,
    findingId,
    reference,
    ...input
  }: PostCountRequest & RepairContext,
) => {
  const command = {
    ...input,
    operationId: countId,
    cell: homeCellKey(sku, locationId),
    countedAt: Date.parse(countedAt),
    lastCountId,
    lastAdjustmentId,
    findingId,
    reference,
  };
  return executeCommand(store, {
    context: command,
    record: { operationId: countId },
    read: () => loadStockForOperation(store, sku, countId),
    decide: (state) => decideCount(state, command),
  });
};

/**
 * Repairs a reservation. Its movements are read first; then its cells must still have the versions
 * of that read.
 */
export async function repairReservation(
  { store, reader }: { readonly store: StockStore; readonly reader: AuditReader },
  command: Omit<RepairReservation, 'replayed'>,
) {
  const { reservationId, cell } = command;
  if (command.action === 'commit') await prepareLateCommit(store, command);
  const replayed = await replayReservation({ store, reader }, command);
  return executeCommand(store, {
    context: command,
    record: { reservationId },
    read: () => loadReservation(store, reservationId, cell),
    readAll: ({ reservation }) =>
      loadReservationWithStock(store, reservationId, skusOfReservation(reservation)),
    decide: (state) => decideRepairReservation(state, { ...command, replayed }),
  });
}

async function replayReservation(
  { store, reader }: { readonly store: StockStore; readonly reader: AuditReader },
  { reservationId, cell: named, now }: Omit<RepairReservation, 'replayed'>,
): Promise<Map<string, ReplayedReservation>> {
  const { reservations } = await store.read({ reservations: [reservationId] });
  const replayed = new Map<string, ReplayedReservation>();
  const lines: readonly CellKey[] = reservations.get(reservationId)?.lines ?? [];
  for (const line of lines.length > 0 || named === undefined ? lines : [named]) {
    const { cell, replay } = await replayCell(reader, line, { full: false, now });
    const position = replay.positions.get(reservationId);
    if (cell === undefined) continue;
    replayed.set(cellIdOf(line), replayedReservationOf(position, cell));
  }
  return replayed;
}
