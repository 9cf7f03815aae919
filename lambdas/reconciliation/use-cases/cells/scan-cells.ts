import type { CellName, OrderAudit } from '../../../contracts/api/audit.ts';
import { AUDIT_ITEMS_MAX } from '../../../contracts/api/audit-queries.ts';
import { type Instant, toIso } from '../../../shared/core/instant.ts';
import { toMissingLocationDetection } from '../../domain/checks/check-locations.ts';
import { idsOfRecords, toUnreadableDetections } from '../../domain/checks/check-records.ts';
import { checkCommittedReservation } from '../../domain/checks/check-reservations.ts';
import type { Detection } from '../../domain/finding.ts';
import { nameOfCell } from '../../domain/repair.ts';
import { NOTHING_CHECKED } from '../../domain/run.ts';
import type { ScanPorts } from '../ports.ts';
import {
  confirmOnSecondRead,
  type PageResult,
  type ScanInput,
  scanPositionOf,
} from '../runs/scan-input.ts';
import { toCellDetections } from './cell-detections.ts';

/** Cells of one page, audited concurrently. */
const SUSPECT_CELLS_PER_PAGE = 10;

/**
 * Audits the cells that may lack movements of reservations, each with these reservations. Inventory
 * itself confirms each disagreement with a second read.
 */
export async function scanSuspectCells(
  { audits, runs }: ScanPorts,
  input: ScanInput,
  now: Instant,
): Promise<PageResult> {
  const { reconciliationId, full } = input.run;
  const from = Number(input.segment.cursor ?? 0);
  const cells = uniqueCells(await runs.listSuspectCells(reconciliationId));
  const pages = await Promise.all(
    cells
      .slice(from, from + SUSPECT_CELLS_PER_PAGE)
      .map(async (cell) =>
        audits.cell(cell, await runs.listSuspects(reconciliationId, cell), full),
      ),
  );
  return {
    cursor:
      from + SUSPECT_CELLS_PER_PAGE < cells.length
        ? String(from + SUSPECT_CELLS_PER_PAGE)
        : undefined,
    checked: NOTHING_CHECKED,
    unsettledCells: 0,
    detections: [
      ...toUnreadableDetections(
        pages.flatMap(({ unreadable }) => unreadable),
        now,
      ),
      ...(await toCellDetections(
        audits,
        pages.flatMap(({ disagreements }) => disagreements),
        now,
      )),
    ],
  };
}

const uniqueCells = (cells: readonly CellName[]): CellName[] => [
  ...new Map(cells.map((cell) => [nameOfCell(cell), cell])).values(),
];

/** Committed reservations of one page, read with four concurrent requests. */
const COMMITTED_PER_PAGE = 4 * AUDIT_ITEMS_MAX;

/**
 * Audits a page of cells, except suspect cells. Inventory itself confirms each disagreement with a
 * second read. If the cells have more committed reservations than one page checks, the next page is
 * the same cells with the remaining reservations.
 */
export async function scanCells(
  ports: ScanPorts,
  input: ScanInput,
  now: Instant,
): Promise<PageResult> {
  const { audits, runs } = ports;
  const { reconciliationId, full } = input.run;
  const { cells, committedFrom } = parseCellsCursor(input.segment.cursor);
  const page = await audits.cells({ ...scanPositionOf(input), cursor: cells, full });
  const committedNext = committedFrom + COMMITTED_PER_PAGE;
  const isLast = page.committed.length <= committedNext;
  const committed = page.committed.slice(committedFrom, committedNext);
  const result = {
    cursor: isLast ? page.cursor : formatCellsCursor({ cells, committedFrom: committedNext }),
    checked: NOTHING_CHECKED,
    unsettledCells: 0,
    detections: await checkCommittedReservations(ports, committed),
  };
  if (committedFrom > 0) return result;
  const suspectCells = new Set((await runs.listSuspectCells(reconciliationId)).map(nameOfCell));
  const disagreements = page.disagreements.filter(
    ({ cell }) => !suspectCells.has(nameOfCell(cell)),
  );
  return {
    ...result,
    checked: { ...NOTHING_CHECKED, cells: page.checked },
    unsettledCells: page.unsettled.length,
    detections: [
      ...toUnreadableDetections(page.unreadable, now),
      ...page.missingLocations.map((one) => toMissingLocationDetection(one, toIso(now))),
      ...(await toCellDetections(audits, disagreements, now)),
      ...result.detections,
    ],
  };
}

type CellsCursor = { readonly cells: string | undefined; readonly committedFrom: number };
const CELLS_CURSOR = /^committed:(\d+):(.*)$/;
const formatCellsCursor = ({ cells = '', committedFrom }: CellsCursor): string =>
  `committed:${committedFrom}:${cells}`;

function parseCellsCursor(cursor: string | undefined): CellsCursor {
  const [, from, cells] = CELLS_CURSOR.exec(cursor ?? '') ?? [];
  return from === undefined
    ? { cells: cursor, committedFrom: 0 }
    : { cells: cells === '' ? undefined : cells, committedFrom: Number(from) };
}

/**
 * Checks that committed reservations have confirmed orders. The scan of orders cannot find a
 * reservation whose order does not exist or was never confirmed.
 */
async function checkCommittedReservations(
  { audits, delay }: ScanPorts,
  reservationIds: readonly string[],
): Promise<Detection[]> {
  const check = async (ids: readonly string[]): Promise<Detection[]> => {
    const found = await audits.ordersById(ids);
    const broken = idsOfRecords(found.unreadable);
    const orders = new Map(found.items.map((order) => [order.orderId, order]));
    const without = ids.filter((id) => !broken.has(id) && !isConfirmed(orders.get(id)));
    if (without.length === 0) return [];
    const reservations = await audits.reservations(without);
    return reservations.items.flatMap((one) =>
      checkCommittedReservation(one, orders.get(one.reservationId)),
    );
  };
  const pages = Array.from(
    { length: Math.ceil(reservationIds.length / AUDIT_ITEMS_MAX) },
    (_, index) => reservationIds.slice(index * AUDIT_ITEMS_MAX, (index + 1) * AUDIT_ITEMS_MAX),
  );
  const detections = await Promise.all(
    pages.map(async (ids) => confirmOnSecondRead(await check(ids), delay, () => check(ids))),
  );
  return detections.flat();
}

const isConfirmed = (order: OrderAudit | undefined): boolean =>
  order !== undefined && order.status !== 'PENDING_PAYMENT';
