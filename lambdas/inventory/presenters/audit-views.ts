import type {
  CellAuditPage,
  ReservationAudit as ReservationAuditView,
} from '../../contracts/api/audit.ts';
import type { ExplanationView } from '../../contracts/api/inventory.ts';
import {
  ADJUSTMENTS_LISTED_MAX,
  type CountBasis as CountBasisView,
} from '../../contracts/api/repair.ts';
import { defined } from '../../shared/core/defined.ts';
import { epochSecondsToIso, toIso } from '../../shared/core/instant.ts';
import type { CellDisagreement } from '../domain/audit/cell-books.ts';
import type { ReservedUnits } from '../domain/audit/lost-movements.ts';
import type { CellKey, PostedCount } from '../domain/ledger/cell.ts';
import type { CellAudit } from '../use-cases/audit/audit-cells.ts';
import type { ReservationAudit } from '../use-cases/audit/audit-ports.ts';
import type { CountBasis } from '../use-cases/stock/count-basis.ts';
import type {
  LocationExplanation,
  ReservationShare,
  StockExplanation,
} from '../use-cases/stock/explain-stock.ts';
import { toMovementView } from './stock-views.ts';

/** Converts the result of an audit to its view. */
export const toCellAuditPage = ({
  cursor,
  ...audit
}: CellAudit & { readonly cursor?: string }): CellAuditPage => ({
  checked: audit.checked,
  unsettled: audit.unsettled.map(toCellName),
  disagreements: audit.disagreements.map(toDisagreementView),
  committed: [...audit.committed],
  unreadable: [...audit.unreadable],
  missingLocations: [...audit.missingLocations],
  ...defined({ cursor }),
});

const toCellName = ({ sku, locationId, shard }: CellKey) => ({ sku, locationId, shard });
const toReservedUnitsView = ({ held, committed }: ReservedUnits) => ({
  held: Object.fromEntries(held),
  committed,
});

function toDisagreementView(found: CellDisagreement): CellAuditPage['disagreements'][number] {
  switch (found.kind) {
    case 'BALANCE_DIFFERS':
    case 'BALANCE_NEGATIVE':
    case 'EXPIRED_BUCKET_NOT_EMPTY':
      return found;
    case 'MOVEMENT_MISSING':
      return { ...found, lost: [...found.lost], since: toIso(found.since) };
    case 'RECORD_MISSING':
      return { ...found, movementIds: [...found.movementIds], since: toIso(found.since) };
    case 'RESERVATION_DIFFERS': {
      const claims = {
        expected: toReservedUnitsView(found.expected),
        actual: toReservedUnitsView(found.actual),
      };
      return { ...found, ...claims, since: toIso(found.since) };
    }
  }
}

export const toReservationAuditView = ({
  reservation,
  linesWithoutMovement,
}: ReservationAudit): ReservationAuditView => ({
  reservationId: reservation.reservationId,
  ...defined({ orderId: reservation.orderId }),
  status: reservation.status,
  ...(reservation.heldUntil === undefined
    ? {}
    : { heldUntil: epochSecondsToIso(reservation.heldUntil) }),
  version: reservation.version,
  updatedAt: reservation.updatedAt,
  lines: reservation.lines.map((line) => ({ ...toCellName(line), quantity: line.quantity })),
  linesWithoutMovement: linesWithoutMovement.map(toCellName),
});

export const toCountBasisView = ({
  expected,
  quantities,
  tolerance,
  lastCount,
  lastAdjustmentId,
  adjustments,
  firstMovementAt,
  unfulfillable,
}: CountBasis): CountBasisView => ({
  expected,
  available: quantities.available,
  held: quantities.held,
  committed: quantities.committed,
  ...defined({ tolerance }),
  ...(lastCount === undefined
    ? {}
    : { lastCount: { countId: lastCount.countId, countedAt: toIso(lastCount.countedAt) } }),
  ...defined({ lastAdjustmentId }),
  adjustments: adjustments
    .slice(0, ADJUSTMENTS_LISTED_MAX)
    .map(({ at, ...adjustment }) => ({ ...adjustment, at: toIso(at) })),
  adjustmentsTotal: adjustments.length,
  ...(firstMovementAt === undefined ? {} : { firstMovementAt: toIso(firstMovementAt) }),
  unfulfillable: unfulfillable.map((position) => ({
    ...toReservationShareView({ ...position, quantity: position.committed }),
    ...defined({ owner: position.owner }),
  })),
});

const toReservationShareView = ({ reservationId, orderId, quantity, since }: ReservationShare) => ({
  reservationId,
  ...defined({ orderId }),
  quantity,
  since: toIso(since),
});

export const toExplanationView = ({
  sku,
  asOf,
  quantities,
  locations,
  movements,
}: StockExplanation): ExplanationView => ({
  sku,
  asOf: toIso(asOf),
  ...quantities,
  locations: locations.map(toLocationView),
  movements: movements.map(toMovementView),
});

const toLocationView = ({
  locationId,
  quantities,
  holds,
  commitments,
  isTruncated,
  lastCount,
}: LocationExplanation) => ({
  locationId,
  ...quantities,
  holds: holds.map(({ bucket, ...units }) => ({
    ...toReservationShareView(units),
    expiresAt: epochSecondsToIso(bucket),
  })),
  commitments: commitments.map(toReservationShareView),
  isTruncated,
  ...(lastCount === undefined ? {} : { lastCount: toPostedCountView(lastCount) }),
});

export const toPostedCountView = ({ countedAt, postedAt, ...count }: PostedCount) => ({
  ...count,
  countedAt: toIso(countedAt),
  postedAt: toIso(postedAt),
});
