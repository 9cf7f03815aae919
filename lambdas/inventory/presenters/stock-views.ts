import {
  MovementDetails,
  type MovementView,
  type StockView,
} from '../../contracts/api/inventory.ts';
import type { ReservationView } from '../../contracts/api/reservations.ts';
import { defined } from '../../shared/core/defined.ts';
import { epochSecondsToIso, type Instant, toIso } from '../../shared/core/instant.ts';
import type { LedgerEntry } from '../domain/ledger/change.ts';
import { mergeLines, type Reservation, statusAt } from '../domain/ledger/reservation.ts';
import type { StockItem } from '../domain/ledger/stock-item.ts';
import { reportAt, type StockOfSku } from '../domain/stock/stock-of-sku.ts';
import type { LocatedMovement } from '../use-cases/ports.ts';

/** Converts the stock of a SKU to its view as of a time. */
export function toStockView(stock: StockOfSku, asOf: Instant): StockView {
  const { sku, name, onHand, available, held, committed, sellable, locations, holds } = reportAt(
    stock,
    asOf,
  );
  return {
    sku,
    name,
    onHand,
    available,
    held,
    committed,
    sellable,
    locations: [...locations],
    holds: holds.map(({ bucket, quantity }) => ({
      expiresAt: epochSecondsToIso(bucket),
      quantity,
    })),
    settings: stock.settings,
    asOf: toIso(asOf),
  };
}

/** Converts the movement of a receipt or an adjustment to its view. */
export const toEntryView = ({ cell: { locationId, shard }, movement }: LedgerEntry): MovementView =>
  toMovementView({ ...movement, locationId, shard });

export const toSettingsView = ({
  sku,
  name,
  lowStockThreshold,
  safetyStock,
  countTolerance,
  shardCount,
}: StockItem) => ({
  sku,
  name: name ?? sku,
  ...defined({ lowStockThreshold, safetyStock }),
  shardCount,
  ...defined({ countTolerance }),
});

export function toMovementView(movement: LocatedMovement): MovementView {
  const { movementId, at, kind, quantity, from, to, locationId, shard, by } = movement;
  const bucket = to.bucket ?? from.bucket;
  const { reservationId, orderId, effectiveAt, restored, findingId } = movement;
  return {
    movementId,
    at: toIso(at),
    kind,
    quantity,
    from: from.account,
    to: to.account,
    locationId,
    ...(kind === 'TRANSFERRED'
      ? { fromShard: from.shard ?? shard, toShard: to.shard ?? shard }
      : {}),
    ...(bucket === undefined ? {} : { heldUntil: epochSecondsToIso(bucket) }),
    ...defined({ reservationId, orderId }),
    ...MovementDetails.parse(movement),
    ...(effectiveAt === undefined ? {} : { effectiveAt: toIso(effectiveAt) }),
    ...defined({ restored, findingId }),
    by,
  };
}

/**
 * Converts a reservation to its view. An expired hold has the status EXPIRED even before it is
 * stored.
 */
export function toReservationView(reservation: Reservation, now: Instant): ReservationView {
  const { reservationId, lines, heldUntil, orderId, owner } = reservation;
  return {
    reservationId,
    status: statusAt(reservation, now),
    expiresAt: heldUntil === undefined ? null : epochSecondsToIso(heldUntil),
    ...defined({ orderId, owner }),
    lines: mergeLines(lines).map((demand) => {
      const ofDemand = lines.filter(
        ({ sku, locationId }) => sku === demand.sku && locationId === demand.locationId,
      );
      const sumOf = (part: 'shipped' | 'released') =>
        ofDemand.reduce((units, line) => units + (line[part] ?? 0), 0) || undefined;
      return { ...demand, ...defined({ shipped: sumOf('shipped'), released: sumOf('released') }) };
    }),
  };
}
