import type { LostMovement as LostMovementView } from '../../../contracts/audit-api.ts';
import type { PostCountRequest, RepairCellRequest } from '../../../contracts/repair-api.ts';
import { fingerprintOf } from '../../../shared/core/fingerprint.ts';
import { claimByMovements, type LostMovement } from '../../domain/audit/lost-movements.ts';
import { decideRebuild, decideRestore } from '../../domain/audit/repair-cell.ts';
import {
  type ClaimInCell,
  decideRepairReservation,
  type RepairReservation,
} from '../../domain/audit/repair-reservation.ts';
import { type CellKey, cellAt, cellIdOf } from '../../domain/ledger/cell.ts';
import type { CommandContext } from '../../domain/ledger/decision.ts';
import { skusOf } from '../../domain/reservations/rescue.ts';
import { decideCount } from '../../domain/stock/count-stock.ts';
import { gatherHome } from '../../domain/stock/stock-entry.ts';
import { changeBook } from '../change-book.ts';
import type { StockStore } from '../ports.ts';
import { bringForLate } from '../reservations/change-reservation.ts';
import type { AuditReader } from './audit-ports.ts';
import { replayCell } from './replay-cell.ts';

type Asked = CommandContext & { readonly fingerprint: string };

/** One repair of a finding at a version of its cell: whoever repeats it gets the first answer. */
export const repairCell = (store: StockStore, { repair, ...asked }: RepairCellRequest & Asked) => {
  const operationId = `repair-${asked.findingId}-${asked.version}`;
  const command = { ...asked, operationId };
  const reads = { cells: [asked.cell], sku: asked.cell.sku, operationId };
  return changeBook(store, reads, command, (state) =>
    repair.action === 'rebuild'
      ? decideRebuild(state, { ...command, accounts: repair.accounts })
      : decideRestore(state, { ...command, lost: repair.lost.map(toLost) }),
  );
};

/** What JSON left out is left out here too, not undefined. */
const toLost = (lost: LostMovementView): LostMovement => lost as LostMovement;

/** The same for every repeat, whichever caller sends it. */
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
    ...asked
  }: PostCountRequest & Asked,
) => {
  const command = {
    ...asked,
    operationId: countId,
    cell: cellAt(sku, locationId),
    countedAt: Date.parse(countedAt),
    lastCountId,
    lastAdjustmentId,
    findingId,
    reference,
  };
  return changeBook(
    store,
    { sku, operationId: countId },
    command,
    (state) => decideCount(state, command),
    {
      before: (state) => gatherHome(state, { key: command.cell, units: -command.delta }, command),
    },
  );
};

/** What its movements say is read before; the cells must still be what they were then. */
export async function repairReservation(
  { store, reader }: { readonly store: StockStore; readonly reader: AuditReader },
  command: Omit<RepairReservation, 'claims'>,
) {
  if (command.action === 'commit') {
    const { reservation } = await store.load({ reservationId: command.reservationId });
    await bringForLate(store, command, skusOf(reservation));
  }
  const claims = await claimsOf({ store, reader }, command);
  return changeBook(
    store,
    {
      reservationId: command.reservationId,
      cellsOfReservation: true,
      ...(command.cell === undefined ? {} : { cells: [command.cell] }),
    },
    command,
    (state) => decideRepairReservation(state, { ...command, claims }),
  );
}

async function claimsOf(
  { store, reader }: { readonly store: StockStore; readonly reader: AuditReader },
  { reservationId, cell: named, now }: Omit<RepairReservation, 'claims'>,
): Promise<Map<string, ClaimInCell>> {
  const { reservation } = await store.load({ reservationId });
  const claims = new Map<string, ClaimInCell>();
  const lines: readonly CellKey[] = reservation?.lines ?? [];
  for (const line of lines.length > 0 || named === undefined ? lines : [named]) {
    const { cell, tally } = await replayCell(reader, line, { full: false, now });
    const position = tally.positions.get(reservationId);
    if (cell === undefined) continue;
    claims.set(cellIdOf(line), {
      claim: claimByMovements(position, cell.foldedThrough),
      lastKind: position?.lastKind,
      version: cell.version,
    });
  }
  return claims;
}
