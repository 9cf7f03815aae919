import { type EpochSeconds, type Instant, toEpochSeconds } from '../../../shared/core/instant.ts';
import { err, ok, type Result } from '../../../shared/core/result.ts';
import type { ReplayedBalance } from '../../domain/audit/balance-replay.ts';
import { MOVEMENT_DELAY_MILLISECONDS_MAX } from '../../domain/audit/checkpoint.ts';
import {
  type Cell,
  type CellKey,
  emptyCell,
  type PostedCount,
  type Quantities,
  quantitiesAt,
  sumOfQuantities,
} from '../../domain/ledger/cell.ts';
import { allCellKeysOf, type StockItem } from '../../domain/ledger/stock-item.ts';
import type { AuditReader } from '../audit/audit-ports.ts';
import { readAtOneVersion } from '../audit/read-at-one-version.ts';
import { replayCell } from '../audit/replay-cell.ts';
import { loadStockItems } from '../load-state.ts';
import type { LocatedMovement, StockReader, StockStore } from '../ports.ts';

/** Maximum holds, and maximum commitments, that are listed of a location. */
const SHARES_LISTED_MAX = 500;
const MOVEMENTS_LISTED_MAX = 20;

export type ReservationShare = {
  readonly reservationId: string;
  readonly orderId: string | undefined;
  readonly quantity: number;
  readonly since: Instant;
};
export type LocationExplanation = {
  readonly locationId: string;
  readonly quantities: Quantities;
  readonly holds: readonly (ReservationShare & { readonly bucket: EpochSeconds })[];
  readonly commitments: readonly ReservationShare[];
  readonly isTruncated: boolean;
  readonly lastCount: PostedCount | undefined;
};
export type StockExplanation = {
  readonly sku: string;
  readonly asOf: Instant;
  readonly quantities: Quantities;
  readonly locations: readonly LocationExplanation[];
  readonly movements: readonly LocatedMovement[];
};

type Ports = {
  readonly store: StockStore;
  readonly reader: StockReader;
  readonly audit: AuditReader;
};

/**
 * Returns the place and the owner of each unit of a SKU as of a time, computed from the movements.
 * Throws RetryLaterError if units moved between the SKU's cells during every read. It never throws
 * it for a time that is so long ago that no movement can be added before it.
 */
export async function explainStock(
  ports: Ports,
  input: { readonly sku: string; readonly at?: string | undefined },
  now: Instant,
): Promise<Result<StockExplanation, { readonly kind: 'notFound' }>> {
  const { sku } = input;
  const at = input.at === undefined ? now : Date.parse(input.at);
  const explain = async (records: readonly StockItem[]): Promise<readonly StockExplanation[]> =>
    Promise.all(records.map((record) => explainCells(ports, record, at, now)));
  const explained =
    at <= now - MOVEMENT_DELAY_MILLISECONDS_MAX
      ? (await explain([...(await loadStockItems(ports.store, [sku])).values()]))[0]
      : (await readAtOneVersion(ports.store, [sku], explain)).get(sku);
  return explained === undefined ? err({ kind: 'notFound' }) : ok(explained);
}

async function explainCells(
  { reader, audit }: Ports,
  record: StockItem,
  at: Instant,
  now: Instant,
): Promise<StockExplanation> {
  const { sku } = record;
  const movements = await reader.listMovements(sku, { limit: MOVEMENTS_LISTED_MAX }, at);
  const explained = await Promise.all(
    allCellKeysOf(record).map((cell) => explainCell(audit, cell, at, now)),
  );
  const locations = record.locations.map((locationId) =>
    mergeCells(
      explained.filter((location) => location.locationId === locationId),
      locationId,
    ),
  );
  const quantities = sumOfQuantities(locations.map((location) => location.quantities));
  return { sku, asOf: at, quantities, locations, movements: movements?.items ?? [] };
}

async function explainCell(
  audit: AuditReader,
  key: CellKey,
  at: Instant,
  now: Instant,
): Promise<LocationExplanation> {
  const { cell, replay } = await replayCell(audit, key, { full: false, now, until: at });
  const positions = [...replay.positions.values()].sort((a, b) => b.since - a.since);
  const holds = positions.flatMap(({ held, ...units }) =>
    [...held]
      .filter(([bucket, quantity]) => quantity > 0 && bucket > toEpochSeconds(at))
      .map(([bucket, quantity]) => ({ ...shareOf(units), bucket, quantity })),
  );
  const commitments = positions
    .filter(({ committed }) => committed > 0)
    .map((position) => ({ ...shareOf(position), quantity: position.committed }));
  const isCounted = cell?.lastCount !== undefined && cell.lastCount.postedAt <= at;
  return {
    locationId: key.locationId,
    quantities: quantitiesAt(toCell(key, replay), at),
    holds,
    commitments,
    isTruncated: false,
    lastCount: isCounted ? cell.lastCount : undefined,
  };
}

const shareOf = ({ reservationId, orderId, since }: Omit<ReservationShare, 'quantity'>) => ({
  reservationId,
  orderId,
  since,
});

const toCell = (key: CellKey, { available, held, committed }: ReplayedBalance): Cell => ({
  ...emptyCell(key),
  available,
  held: Object.fromEntries(held),
  committed,
});

const mergeCells = (
  cells: readonly LocationExplanation[],
  locationId: string,
): LocationExplanation => {
  const holds = mergeShares(
    cells.flatMap((cell) => cell.holds),
    ({ reservationId, bucket }) => `${reservationId} ${bucket}`,
  );
  const commitments = mergeShares(
    cells.flatMap((cell) => cell.commitments),
    ({ reservationId }) => reservationId,
  );
  return {
    locationId,
    quantities: sumOfQuantities(cells.map((cell) => cell.quantities)),
    holds: holds.slice(0, SHARES_LISTED_MAX),
    commitments: commitments.slice(0, SHARES_LISTED_MAX),
    isTruncated: holds.length > SHARES_LISTED_MAX || commitments.length > SHARES_LISTED_MAX,
    lastCount: cells.find((cell) => cell.lastCount !== undefined)?.lastCount,
  };
};

/** Merges the units that a reservation has in several cells. Returns the newest first. */
function mergeShares<Units extends ReservationShare>(
  shares: readonly Units[],
  keyOf: (units: Units) => string,
): Units[] {
  const byKey = new Map<string, Units>();
  for (const units of shares) {
    const known = byKey.get(keyOf(units));
    byKey.set(
      keyOf(units),
      known === undefined
        ? units
        : {
            ...known,
            quantity: known.quantity + units.quantity,
            since: Math.max(known.since, units.since),
          },
    );
  }
  return [...byKey.values()].sort((a, b) => b.since - a.since);
}
