import type { CellAuditQuery } from '../../../contracts/audit-api.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { accepted, type Result } from '../../../shared/core/result.ts';
import type { Unreadable } from '../../../shared/core/unreadable.ts';
import { auditCell } from '../../domain/audit/audit-cell.ts';
import type { CellBooks, CellDisagreement } from '../../domain/audit/cell-books.ts';
import { checkpointOf, isClosed } from '../../domain/audit/checkpoint.ts';
import { type CellKey, cellAt, cellIdOf, emptyCell } from '../../domain/ledger/cell.ts';
import type { Reservation } from '../../domain/ledger/reservation.ts';
import { cellsOf } from '../../domain/ledger/sku.ts';
import type { AuditReader, Part } from './audit-ports.ts';
import { replayCell, type Settled } from './replay-cell.ts';

export type CellAudit = {
  readonly checked: number;
  readonly unsettled: readonly CellKey[];
  readonly disagreements: readonly CellDisagreement[];
  readonly committed: readonly string[];
  readonly unreadable: readonly Unreadable[];
};

/** Skus of a page: some tenths of a second of work, far below the function's time. */
const PAGE_SKUS = 50;
/** Cells that are read side by side. */
const CONCURRENCY = 10;
/** A page ends early when it has named so many reservations: an answer has 6 MB at most. */
const COMMITTED_MAX = 5_000;
/** A page ends early when it has audited so many cells: a sku may have 50 of them at each location. */
const CELLS_MAX = 500;
/** Cells after which a page looks whether it has to end; the cells of one sku are never parted. */
const CELLS_BETWEEN_LOOKS = 100;
/** A page ends early after so long: the function has 29 seconds, and the last cells may take as long as all before them. */
const PAGE_MILLISECONDS_MAX = 8_000;
/** A cell that still changes between two looks is left for the next run. */
const LOOKS_MAX = 6;

type Audited = {
  readonly disagreements: readonly CellDisagreement[];
  readonly committed: readonly string[];
  readonly unreadable: readonly Unreadable[];
  readonly isSettled: boolean;
};

/** One cell where one is named, else a page of the walk over all of them. */
export async function runCellAudit(
  reader: AuditReader,
  { sku, locationId, shard, reservationIds, full, ...part }: CellAuditQuery,
  now: Instant,
  clock: () => Instant,
): Promise<Result<CellAudit & { readonly cursor?: string }, never>> {
  const isFull = full !== undefined;
  if (sku === undefined)
    return accepted(await auditCells(reader, { ...part, full: isFull }, now, clock));
  const cell = { ...cellAt(sku, locationId), ...(shard === undefined ? {} : { shard }) };
  return accepted(
    await auditAll(reader, [cell], { full: isFull, hints: reservationIds ?? [] }, now),
  );
}

/** A page of the walk over all cells, by their skus. */
async function auditCells(
  reader: AuditReader,
  { full, ...part }: Part & { readonly full: boolean },
  now: Instant,
  clock: () => Instant,
): Promise<CellAudit & { readonly cursor?: string }> {
  const endsAt = clock() + PAGE_MILLISECONDS_MAX;
  const { items, unreadable, cursor } = await reader.skus(part, PAGE_SKUS);
  let audit: CellAudit = {
    checked: 0,
    unsettled: [],
    disagreements: [],
    committed: [],
    unreadable,
  };
  let cells: readonly CellKey[] = [];
  for (const [index, sku] of items.entries()) {
    cells = [...cells, ...cellsOf(sku)];
    const isLast = index + 1 === items.length;
    if (cells.length < CELLS_BETWEEN_LOOKS && !isLast) continue;
    audit = sumOf(audit, await auditAll(reader, cells, { full, hints: [] }, now));
    cells = [];
    const isFullPage = audit.committed.length >= COMMITTED_MAX || audit.checked >= CELLS_MAX;
    if ((isFullPage || clock() >= endsAt) && !isLast)
      return { ...audit, cursor: reader.cursorAfter(sku) };
  }
  return { ...audit, ...(cursor === undefined ? {} : { cursor }) };
}

const sumOf = (a: CellAudit, b: CellAudit): CellAudit => ({
  checked: a.checked + b.checked,
  unsettled: [...a.unsettled, ...b.unsettled],
  disagreements: [...a.disagreements, ...b.disagreements],
  committed: [...a.committed, ...b.committed],
  unreadable: [...a.unreadable, ...b.unreadable],
});

type Options = {
  readonly full: boolean;
  /** Reservations that may have moved units in the cell without a trace. */
  readonly hints: readonly string[];
};

async function auditAll(
  reader: AuditReader,
  cells: readonly CellKey[],
  options: Options,
  now: Instant,
): Promise<CellAudit> {
  const audits = new Map<string, Audited>();
  const open = [...cells];
  const work = async (): Promise<void> => {
    for (let cell = open.shift(); cell !== undefined; cell = open.shift()) {
      audits.set(cellIdOf(cell), await settledAudit(reader, cell, options, now));
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  const inOrder = cells.map((cell) => ({ cell, audited: audits.get(cellIdOf(cell)) }));
  return {
    checked: cells.length,
    unsettled: inOrder.flatMap(({ cell, audited }) => (audited?.isSettled ? [] : [cell])),
    disagreements: inOrder.flatMap(({ audited }) => audited?.disagreements ?? []),
    committed: inOrder.flatMap(({ audited }) => audited?.committed ?? []),
    unreadable: inOrder.flatMap(({ audited }) => audited?.unreadable ?? []),
  };
}

/** Sound at one look is sound. A disagreement stands when two looks find it and the cell did not change from one to the other. */
async function settledAudit(
  reader: AuditReader,
  cell: CellKey,
  options: Options,
  now: Instant,
): Promise<Audited> {
  let before: Look | undefined;
  for (let looked = 0; looked < LOOKS_MAX; looked += 1) {
    if (looked > 0) await reader.pause(looked);
    const look = await lookAt(reader, cell, options, now);
    if (look.disagreements.length === 0) return { ...look, isSettled: true };
    if (isSameLook(before, look)) return { ...look, isSettled: true };
    before = look;
  }
  return {
    disagreements: [],
    committed: [],
    unreadable: before?.unreadable ?? [],
    isSettled: false,
  };
}

type Look = Omit<Audited, 'isSettled'> & { readonly version: number };

const isSameLook = (before: Look | undefined, { version, disagreements }: Look): boolean =>
  before?.version === version &&
  JSON.stringify(before.disagreements) === JSON.stringify(disagreements);

async function lookAt(
  reader: AuditReader,
  key: CellKey,
  { full, hints }: Options,
  now: Instant,
): Promise<Look> {
  const replayed = await replayCell(reader, key, { full, now, isTolerant: true });
  const { cell = emptyCell(key), tally, checkpoint, settled, unreadable } = replayed;
  // Sums that lack a record say nothing of the others.
  if (!replayed.isExact)
    return { version: cell.version, disagreements: [], committed: [], unreadable };
  const listedIds = await reader.operationsOf(
    key,
    checkpoint === undefined ? 0 : checkpoint.throughAt + 1,
  );
  const {
    reservations,
    operations,
    unreadable: markers,
  } = await reader.markers({
    reservations: [...new Set([...tally.positions.keys(), ...hints])],
    operations: [...new Set([...tally.entered.keys(), ...listedIds])],
  });
  const operationOf = new Map(operations.map((operation) => [operation.operationId, operation]));
  const books = {
    cell,
    tally,
    reservations: new Map(
      reservations.map((reservation) => [reservation.reservationId, reservation]),
    ),
    operations: operationOf,
    listed: listedIds.flatMap((id) => operationOf.get(id) ?? []),
    unreadable: new Set(markers.map(markerOf)),
  };
  const disagreements = auditCell(books, now);
  if (disagreements.length === 0 && markers.length === 0 && settled !== undefined) {
    await saveCheckpoint(reader, books, settled, now, unreadable.length > 0);
  }
  return {
    version: cell.version,
    disagreements,
    committed: committedFrom(reservations, key),
    unreadable: [...unreadable, ...markers],
  };
}

/** The partition key of a marker is its kind in capitals and its id. */
function markerOf({ key, id = '' }: Unreadable): string {
  const [kind = ''] = key.split('#');
  return `${kind.toLowerCase()}:${id}`;
}

async function saveCheckpoint(
  reader: AuditReader,
  { cell, tally, reservations }: CellBooks,
  settled: Settled,
  now: Instant,
  isUnreadable: boolean,
): Promise<void> {
  const isOver = (id: string): boolean => {
    const position = tally.positions.get(id);
    return (
      position !== undefined && isClosed(position, reservations.get(id), cell.foldedThrough, now)
    );
  };
  const open = new Map([...settled.tally.positions].filter(([id]) => !isOver(id)));
  const next = checkpointOf({ ...settled.tally, positions: open }, settled.last);
  if (next !== undefined) await reader.saveCheckpoint(cell, next, isUnreadable);
}

/** Each reservation is told of at the cell of its first line, once. */
const committedFrom = (reservations: readonly Reservation[], cell: CellKey): string[] =>
  reservations
    .filter(
      ({ status, lines: [first] }) =>
        status === 'COMMITTED' && first && cellIdOf(first) === cellIdOf(cell),
    )
    .map(({ reservationId }) => reservationId);
