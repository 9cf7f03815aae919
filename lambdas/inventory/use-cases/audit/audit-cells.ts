import type { CellAuditQuery } from '../../../contracts/api/audit-queries.ts';
import { defined } from '../../../shared/core/defined.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { ok, type Result } from '../../../shared/core/result.ts';
import { isSameValue } from '../../../shared/core/same-value.ts';
import type { UnreadableRecord } from '../../../shared/core/unreadable-record.ts';
import { auditCell } from '../../domain/audit/audit-cell.ts';
import type { CellBooks, CellDisagreement } from '../../domain/audit/cell-books.ts';
import { checkpointOf, isPositionClosed } from '../../domain/audit/checkpoint.ts';
import { committedOrdersOf } from '../../domain/audit/committed-orders.ts';
import { type MissingLocation, missingLocationsOf } from '../../domain/audit/missing-locations.ts';
import { type CellKey, cellIdOf, emptyCell, homeCellKey } from '../../domain/ledger/cell.ts';
import { allCellKeysOf } from '../../domain/ledger/stock-item.ts';
import type { AuditReader, ScanSegment } from './audit-ports.ts';
import { type CheckpointCandidate, replayCell } from './replay-cell.ts';

export type CellAudit = {
  readonly checked: number;
  readonly unsettled: readonly CellKey[];
  readonly disagreements: readonly CellDisagreement[];
  readonly committed: readonly string[];
  readonly unreadable: readonly UnreadableRecord[];
  readonly missingLocations: readonly MissingLocation[];
};

/** Maximum SKUs of a page: some tenths of a second of work, far below the function's timeout. */
const PAGE_SKUS_MAX = 50;
/** Cells that are audited concurrently. */
const CONCURRENCY = 10;
/** Reservations after which a page ends. A response has at most 6 MB. */
const COMMITTED_PER_PAGE_MAX = 5_000;
/** Cells after which a page ends. A SKU may have 50 at each location. */
const CELLS_PER_PAGE_MAX = 500;
/** Cells after which a page checks whether to end. All cells of a SKU are in one page. */
const CELLS_PER_CHUNK_MIN = 100;
/**
 * Time after which a page ends. The function has 29 seconds, and the last cells may take as long as
 * all before them.
 */
const PAGE_MILLISECONDS_MAX = 8_000;
/** Maximum reads of a cell. A cell that changed between all of them is left to the next run. */
const READS_MAX = 6;

type CellAuditResult = {
  readonly disagreements: readonly CellDisagreement[];
  readonly committed: readonly string[];
  readonly unreadable: readonly UnreadableRecord[];
  readonly isSettled: boolean;
};

/** Audits the given cell, or a page of the scan of all cells. */
export async function runCellAudit(
  reader: AuditReader,
  { sku, locationId, shard, suspectReservationIds, full, ...part }: CellAuditQuery,
  now: Instant,
  clock: () => Instant,
): Promise<Result<CellAudit & { readonly cursor?: string }, never>> {
  const isFull = full !== undefined;
  if (sku === undefined) return ok(await auditPage(reader, { ...part, full: isFull }, now, clock));
  const cell = { ...homeCellKey(sku, locationId), ...defined({ shard }) };
  return ok(
    await auditEach(reader, [cell], { full: isFull, suspects: suspectReservationIds ?? [] }, now),
  );
}

/** Audits a page of the scan of all cells, by their SKUs. */
async function auditPage(
  reader: AuditReader,
  { full, ...part }: ScanSegment & { readonly full: boolean },
  now: Instant,
  clock: () => Instant,
): Promise<CellAudit & { readonly cursor?: string }> {
  const endsAt = clock() + PAGE_MILLISECONDS_MAX;
  const { items, unreadable, recordedLocationIds, cursor } = await reader.scanStockItems(
    part,
    PAGE_SKUS_MAX,
  );
  let audit: CellAudit = {
    checked: 0,
    unsettled: [],
    disagreements: [],
    committed: [],
    unreadable,
    missingLocations: missingLocationsOf(items, recordedLocationIds),
  };
  let cells: readonly CellKey[] = [];
  for (const [index, sku] of items.entries()) {
    cells = [...cells, ...allCellKeysOf(sku)];
    const isLast = index + 1 === items.length;
    if (cells.length < CELLS_PER_CHUNK_MIN && !isLast) continue;
    audit = addAudits(audit, await auditEach(reader, cells, { full, suspects: [] }, now));
    cells = [];
    const isFullPage =
      audit.committed.length >= COMMITTED_PER_PAGE_MAX || audit.checked >= CELLS_PER_PAGE_MAX;
    if ((isFullPage || clock() >= endsAt) && !isLast)
      return { ...audit, cursor: reader.cursorAfter(sku) };
  }
  return { ...audit, ...defined({ cursor }) };
}

const addAudits = (a: CellAudit, b: CellAudit): CellAudit => ({
  checked: a.checked + b.checked,
  unsettled: [...a.unsettled, ...b.unsettled],
  disagreements: [...a.disagreements, ...b.disagreements],
  committed: [...a.committed, ...b.committed],
  unreadable: [...a.unreadable, ...b.unreadable],
  missingLocations: [...a.missingLocations, ...b.missingLocations],
});

type AuditOptions = {
  readonly full: boolean;
  /** Reservations that may have changed the cell without recording a movement. */
  readonly suspects: readonly string[];
};

async function auditEach(
  reader: AuditReader,
  cells: readonly CellKey[],
  options: AuditOptions,
  now: Instant,
): Promise<CellAudit> {
  const audits = new Map<string, CellAuditResult>();
  const remaining = [...cells];
  const work = async (): Promise<void> => {
    for (let cell = remaining.shift(); cell !== undefined; cell = remaining.shift()) {
      audits.set(cellIdOf(cell), await auditUntilStable(reader, cell, options, now));
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
    missingLocations: [],
  };
}

/**
 * Audits a cell until its result is stable. One read without disagreements suffices. A disagreement
 * is confirmed by two equal reads between which the cell did not change.
 */
async function auditUntilStable(
  reader: AuditReader,
  cell: CellKey,
  options: AuditOptions,
  now: Instant,
): Promise<CellAuditResult> {
  let before: AuditReading | undefined;
  for (let attempt = 0; attempt < READS_MAX; attempt += 1) {
    if (attempt > 0) await reader.backoff(attempt);
    const reading = await readAndAudit(reader, cell, options, now);
    if (reading.disagreements.length === 0) return { ...reading, isSettled: true };
    if (isSameReading(before, reading)) return { ...reading, isSettled: true };
    before = reading;
  }
  return {
    disagreements: [],
    committed: [],
    unreadable: before?.unreadable ?? [],
    isSettled: false,
  };
}

type AuditReading = Omit<CellAuditResult, 'isSettled'> & { readonly version: number };

const isSameReading = (
  before: AuditReading | undefined,
  { version, disagreements }: AuditReading,
): boolean => before?.version === version && isSameValue(before.disagreements, disagreements);

async function readAndAudit(
  reader: AuditReader,
  key: CellKey,
  { full, suspects }: AuditOptions,
  now: Instant,
): Promise<AuditReading> {
  const replayed = await replayCell(reader, key, { full, now, skipUnreadable: true });
  const { cell = emptyCell(key), replay, checkpoint, checkpointCandidate, unreadable } = replayed;
  // Sums that lack a record prove nothing about other records.
  if (!replayed.isExact)
    return { version: cell.version, disagreements: [], committed: [], unreadable };
  const listedIds = await reader.entryRecordIdsOf(
    key,
    checkpoint === undefined ? 0 : checkpoint.throughAt + 1,
  );
  const {
    reservations,
    operations,
    unreadable: unreadableRecords,
  } = await reader.readRecords({
    reservations: [...new Set([...replay.positions.keys(), ...suspects])],
    operations: [...new Set([...replay.postings.keys(), ...listedIds])],
  });
  const operationOf = new Map(operations.map((operation) => [operation.operationId, operation]));
  const books = {
    cell,
    replay,
    reservations: new Map(
      reservations.map((reservation) => [reservation.reservationId, reservation]),
    ),
    operations: operationOf,
    entryRecords: listedIds.flatMap((id) => operationOf.get(id) ?? []),
    unreadable: new Set(unreadableRecords.map(recordIdOf)),
  };
  const disagreements = auditCell(books, now);
  if (
    disagreements.length === 0 &&
    unreadableRecords.length === 0 &&
    checkpointCandidate !== undefined
  ) {
    await saveCheckpoint(reader, books, checkpointCandidate, now, unreadable.length > 0);
  }
  return {
    version: cell.version,
    disagreements,
    committed: committedOrdersOf(reservations, key),
    unreadable: [...unreadable, ...unreadableRecords],
  };
}

/** Returns `<kind>:<id>` of a record whose partition key is `<KIND>#<id>`. */
function recordIdOf({ key, id = '' }: UnreadableRecord): string {
  const [kind = ''] = key.split('#');
  return `${kind.toLowerCase()}:${id}`;
}

async function saveCheckpoint(
  reader: AuditReader,
  { cell, replay, reservations }: CellBooks,
  candidate: CheckpointCandidate,
  now: Instant,
  isUnreadable: boolean,
): Promise<void> {
  const hasEnded = (id: string): boolean => {
    const position = replay.positions.get(id);
    return (
      position !== undefined &&
      isPositionClosed(position, reservations.get(id), cell.expiredThrough, now)
    );
  };
  const openPositions = new Map([...candidate.replay.positions].filter(([id]) => !hasEnded(id)));
  const next = checkpointOf({ ...candidate.replay, positions: openPositions }, candidate.last);
  if (next !== undefined) await reader.saveCheckpoint(cell, next, isUnreadable);
}
