import { type EpochSeconds, type Instant, toEpochSeconds } from '../../../shared/core/instant.ts';
import { accepted, type Result, refused } from '../../../shared/core/result.ts';
import { SETTLED_MILLISECONDS } from '../../domain/audit/checkpoint.ts';
import type { Tally } from '../../domain/audit/tally.ts';
import {
  type Cell,
  type CellKey,
  type Counts,
  countsAt,
  emptyCell,
  type PostedCount,
  sumOfCounts,
} from '../../domain/ledger/cell.ts';
import { cellsOf, type Sku } from '../../domain/ledger/sku.ts';
import type { AuditReader } from '../audit/audit-ports.ts';
import { readUnmoved } from '../audit/read-unmoved.ts';
import { replayCell } from '../audit/replay-cell.ts';
import type { LocatedMovement, StockReader, StockStore } from '../ports.ts';

/** So many holds and commitments of a location are listed, newest first, and so many movements. */
const CLAIMS_MAX = 500;
const MOVEMENTS_MAX = 20;

export type UnitsOf = {
  readonly reservationId: string;
  readonly orderId: string | undefined;
  readonly quantity: number;
  readonly since: Instant;
};
export type LocationExplained = {
  readonly locationId: string;
  readonly counts: Counts;
  readonly holds: readonly (UnitsOf & { readonly slot: EpochSeconds })[];
  readonly commitments: readonly UnitsOf[];
  readonly isCut: boolean;
  readonly lastCount: PostedCount | undefined;
};
export type StockExplained = {
  readonly sku: string;
  readonly asOf: Instant;
  readonly counts: Counts;
  readonly locations: readonly LocationExplained[];
  readonly movements: readonly LocatedMovement[];
};

type Ports = {
  readonly store: StockStore;
  readonly reader: StockReader;
  readonly audit: AuditReader;
};

/**
 * Where each unit of a sku is and whose it is, as of a time, from the movements alone. Throws RetryLater while units move between the
 * sku's cells during every read; not for a time that is so long ago that no movement can be added to it.
 */
export async function explainStock(
  ports: Ports,
  asked: { readonly sku: string; readonly at?: string | undefined },
  now: Instant,
): Promise<Result<StockExplained, { readonly kind: 'notFound' }>> {
  const { sku } = asked;
  const at = asked.at === undefined ? now : Date.parse(asked.at);
  const explain = async (records: readonly Sku[]): Promise<readonly StockExplained[]> =>
    Promise.all(records.map((record) => explainCells(ports, record, at, now)));
  const explained =
    at <= now - SETTLED_MILLISECONDS
      ? (await explain([...((await ports.store.load({ records: [sku] })).skus?.values() ?? [])]))[0]
      : (await readUnmoved(ports.store, [sku], explain)).get(sku);
  return explained === undefined ? refused({ kind: 'notFound' }) : accepted(explained);
}

async function explainCells(
  { reader, audit }: Ports,
  record: Sku,
  at: Instant,
  now: Instant,
): Promise<StockExplained> {
  const { sku } = record;
  const movements = await reader.movements(sku, { limit: MOVEMENTS_MAX }, at);
  const explained = await Promise.all(
    cellsOf(record).map((cell) => explainCell(audit, cell, at, now)),
  );
  const locations = record.locations.map((locationId) =>
    merged(
      explained.filter((location) => location.locationId === locationId),
      locationId,
    ),
  );
  const counts = sumOfCounts(locations.map((location) => location.counts));
  return { sku, asOf: at, counts, locations, movements: movements?.items ?? [] };
}

async function explainCell(
  audit: AuditReader,
  key: CellKey,
  at: Instant,
  now: Instant,
): Promise<LocationExplained> {
  const { cell, tally } = await replayCell(audit, key, { full: false, now, until: at });
  const positions = [...tally.positions.values()].sort((a, b) => b.since - a.since);
  const holds = positions.flatMap(({ held, ...units }) =>
    [...held]
      .filter(([slot, quantity]) => quantity > 0 && slot > toEpochSeconds(at))
      .map(([slot, quantity]) => ({ ...unitsOf(units), slot, quantity })),
  );
  const commitments = positions
    .filter(({ committed }) => committed > 0)
    .map((position) => ({ ...unitsOf(position), quantity: position.committed }));
  const isCounted = cell?.lastCount !== undefined && cell.lastCount.postedAt <= at;
  return {
    locationId: key.locationId,
    counts: countsAt(asCell(key, tally), at),
    holds,
    commitments,
    isCut: false,
    lastCount: isCounted ? cell.lastCount : undefined,
  };
}

const unitsOf = ({ reservationId, orderId, since }: Omit<UnitsOf, 'quantity'>) => ({
  reservationId,
  orderId,
  since,
});

const asCell = (key: CellKey, { available, held, committed }: Tally): Cell => ({
  ...emptyCell(key),
  available,
  held: Object.fromEntries(held),
  committed,
});

const merged = (cells: readonly LocationExplained[], locationId: string): LocationExplained => {
  const holds = ofEach(
    cells.flatMap((cell) => cell.holds),
    ({ reservationId, slot }) => `${reservationId} ${slot}`,
  );
  const commitments = ofEach(
    cells.flatMap((cell) => cell.commitments),
    ({ reservationId }) => reservationId,
  );
  return {
    locationId,
    counts: sumOfCounts(cells.map((cell) => cell.counts)),
    holds: holds.slice(0, CLAIMS_MAX),
    commitments: commitments.slice(0, CLAIMS_MAX),
    isCut: holds.length > CLAIMS_MAX || commitments.length > CLAIMS_MAX,
    lastCount: cells.find((cell) => cell.lastCount !== undefined)?.lastCount,
  };
};

/** The units that one reservation has in several cells, as one; newest first. */
function ofEach<Units extends UnitsOf>(
  all: readonly Units[],
  nameOf: (units: Units) => string,
): Units[] {
  const byName = new Map<string, Units>();
  for (const units of all) {
    const known = byName.get(nameOf(units));
    byName.set(
      nameOf(units),
      known === undefined
        ? units
        : {
            ...known,
            quantity: known.quantity + units.quantity,
            since: Math.max(known.since, units.since),
          },
    );
  }
  return [...byName.values()].sort((a, b) => b.since - a.since);
}
