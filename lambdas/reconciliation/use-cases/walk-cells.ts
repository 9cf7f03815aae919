import { AUDIT_ITEMS_MAX, type CellName, type OrderAudit } from '../../contracts/audit-api.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { checkCommitted } from '../domain/check-others.ts';
import { idsOf, unreadableIn } from '../domain/check-records.ts';
import type { Detected } from '../domain/finding.ts';
import { nameOfCell } from '../domain/repair.ts';
import { NOTHING_CHECKED } from '../domain/run.ts';
import { detectedInCells } from './detect-in-cells.ts';
import { type Place, partOf, standing, type Walked, type WalkPorts } from './walk-place.ts';

/** Cells of a page, asked for side by side. */
const HINTED_PAGE = 10;

/** Cells in which reservations may have moved units without a trace, each with these. Inventory has looked twice itself. */
export async function walkHinted(
  { audits, runs }: WalkPorts,
  place: Place,
  now: Instant,
): Promise<Walked> {
  const { reconciliationId, full } = place.run;
  const from = Number(place.segment.cursor ?? 0);
  const cells = unique(await runs.hintedCells(reconciliationId));
  const looks = await Promise.all(
    cells
      .slice(from, from + HINTED_PAGE)
      .map(async (cell) => audits.cell(cell, await runs.hints(reconciliationId, cell), full)),
  );
  return {
    cursor: from + HINTED_PAGE < cells.length ? String(from + HINTED_PAGE) : undefined,
    checked: NOTHING_CHECKED,
    unsettled: 0,
    detected: [
      ...unreadableIn(
        looks.flatMap(({ unreadable }) => unreadable),
        now,
      ),
      ...(await detectedInCells(
        audits,
        looks.flatMap(({ disagreements }) => disagreements),
        now,
      )),
    ],
  };
}

const unique = (cells: readonly CellName[]): CellName[] => [
  ...new Map(cells.map((cell) => [nameOfCell(cell), cell])).values(),
];

/** Reservations of a page whose orders are looked at: four requests side by side. */
const COMMITTED_PAGE = 4 * AUDIT_ITEMS_MAX;

/**
 * A page of cells, but for those that are hinted; inventory has looked twice itself. Where more reservations are committed in them
 * than one page looks at, the next page is the same cells with the reservations that follow.
 */
export async function walkCells(ports: WalkPorts, place: Place, now: Instant): Promise<Walked> {
  const { audits, runs } = ports;
  const { reconciliationId, full } = place.run;
  const { cells, committedFrom } = cellsPlaceOf(place.segment.cursor);
  const page = await audits.cells({ ...partOf(place), cursor: cells, full });
  const committedNext = committedFrom + COMMITTED_PAGE;
  const isLast = page.committed.length <= committedNext;
  const committed = page.committed.slice(committedFrom, committedNext);
  const walk = {
    cursor: isLast ? page.cursor : cellsCursor({ cells, committedFrom: committedNext }),
    checked: NOTHING_CHECKED,
    unsettled: 0,
    detected: await committedLookedAt(ports, committed),
  };
  if (committedFrom > 0) return walk;
  const hinted = new Set((await runs.hintedCells(reconciliationId)).map(nameOfCell));
  const disagreements = page.disagreements.filter(({ cell }) => !hinted.has(nameOfCell(cell)));
  return {
    ...walk,
    checked: { ...NOTHING_CHECKED, cells: page.checked },
    unsettled: page.unsettled.length,
    detected: [
      ...unreadableIn(page.unreadable, now),
      ...(await detectedInCells(audits, disagreements, now)),
      ...walk.detected,
    ],
  };
}

type CellsPlace = { readonly cells: string | undefined; readonly committedFrom: number };
const COMMITTED_CURSOR = /^committed:(\d+):(.*)$/;
const cellsCursor = ({ cells = '', committedFrom }: CellsPlace): string =>
  `committed:${committedFrom}:${cells}`;

function cellsPlaceOf(cursor: string | undefined): CellsPlace {
  const [, from, cells] = COMMITTED_CURSOR.exec(cursor ?? '') ?? [];
  return from === undefined
    ? { cells: cursor, committedFrom: 0 }
    : { cells: cells === '' ? undefined : cells, committedFrom: Number(from) };
}

/** The orders of reservations whose units are committed: those that are not there, or never confirmed, were not met among the orders. */
async function committedLookedAt(
  { audits, pauses }: WalkPorts,
  reservationIds: readonly string[],
): Promise<Detected[]> {
  const look = async (asked: readonly string[]): Promise<Detected[]> => {
    const found = await audits.ordersById(asked);
    const broken = idsOf(found.unreadable);
    const orders = new Map(found.items.map((order) => [order.orderId, order]));
    const without = asked.filter((id) => !broken.has(id) && !isTaking(orders.get(id)));
    if (without.length === 0) return [];
    const reservations = await audits.reservations(without);
    return reservations.items.flatMap((one) => checkCommitted(one, orders.get(one.reservationId)));
  };
  const pages = Array.from(
    { length: Math.ceil(reservationIds.length / AUDIT_ITEMS_MAX) },
    (_, index) => reservationIds.slice(index * AUDIT_ITEMS_MAX, (index + 1) * AUDIT_ITEMS_MAX),
  );
  const detected = await Promise.all(
    pages.map(async (ids) => standing(await look(ids), pauses, () => look(ids))),
  );
  return detected.flat();
}

const isTaking = (order: OrderAudit | undefined): boolean =>
  order !== undefined && order.status !== 'PENDING_PAYMENT';
