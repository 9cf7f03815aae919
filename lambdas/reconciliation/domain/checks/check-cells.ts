import type {
  Accounts,
  CellDisagreement,
  LostMovement,
  OrderAudit,
  ReservedUnits,
} from '../../../contracts/api/audit.ts';
import type { Detection } from '../finding.ts';
import { nameOfCell, type Repair } from '../repair.ts';
import {
  bucketToIso,
  countMovedUnits,
  countNegativeUnits,
  countReservedUnits,
  describeDifferences,
  describeMovement,
  describeReservedUnits,
  differencesOf,
  expiredHoldsOf,
  sum,
} from './account-differences.ts';
import { explainBalanceDoubt, explainMissingMovements } from './cell-explanations.ts';
import { proposeRepair, unitsBySku as unitsOfOrder } from './order-snapshot.ts';

/** Returns a disagreement of a cell as a detection with its explanation and repair. */
export function toCellDetection(
  disagreement: CellDisagreement,
  now: string,
  /** Order of the reservation whose record is missing. */
  order?: OrderAudit,
): Detection {
  const { cell, version } = disagreement;
  const cellName = nameOfCell(cell);
  const subject = `cell:${cellName}`;
  const toSkuUnits = (count: number) => [{ sku: cell.sku, units: count }];
  switch (disagreement.kind) {
    case 'BALANCE_DIFFERS': {
      const { kind, balance, movements, isRebuildable } = disagreement;
      const difference = differencesOf(movements, balance);
      const count = countMovedUnits(difference);
      const repair: Repair = {
        command: { action: 'rebuildBalance', cell, version, accounts: movements },
        effect: `Sets the balance of ${cellName} to the sum of its movements (${describeDifferences(balance, movements, 'becomes')}), with a REBUILT movement for each account.`,
        units: toSkuUnits(count),
        isSafe: disagreement.doubt === undefined,
      };
      return {
        kind,
        subject,
        expected: movements,
        actual: balance,
        difference,
        units: count,
        explanation: `The balance of ${cellName} differs from the sum of its movements: ${describeDifferences(balance, movements, 'should be')}. ${explainBalanceDoubt(disagreement.doubt)}`,
        records: [{ cell, version }],
        since: now,
        ...(isRebuildable ? { repair } : {}),
      };
    }
    case 'BALANCE_NEGATIVE':
      return {
        kind: disagreement.kind,
        subject,
        expected: 'no account below 0',
        actual: disagreement.balance,
        difference: disagreement.balance,
        units: countNegativeUnits(disagreement.balance),
        explanation: `An account of ${cellName} is below 0, and so is the sum of its movements: more units were taken than existed. No command does that. Check the last movements.`,
        records: [{ cell, version }],
        since: now,
      };
    case 'EXPIRED_BUCKET_NOT_EMPTY': {
      const { kind, balance, expiredThrough } = disagreement;
      const difference = expiredHoldsOf(balance, expiredThrough);
      return {
        kind,
        subject,
        expected: `no units held until ${bucketToIso(expiredThrough)} or before`,
        actual: balance.held,
        difference,
        units: sum(Object.values(difference)),
        explanation: `Cell ${cellName} holds units in buckets that expired by ${bucketToIso(expiredThrough)} and should be empty. Their reservations would commit from available units, and these units become available only with the next reservation in the cell.`,
        records: [{ cell, version }],
        since: now,
      };
    }
    case 'MOVEMENT_MISSING': {
      const { lost, isRestorable, isCertain, since } = disagreement;
      const count = sum(lost.map(({ quantity }) => quantity));
      const moves = lost.map(describeMovement).join('; ');
      const repair: Repair = {
        command: { action: 'restoreMovements', cell, version, lost },
        effect: `Writes ${lost.length === 1 ? 'the movement' : `${lost.length} movements`} of ${cellName} again (${moves}), marked as restored. The balance does not change${isCertain ? '' : '. The next reconciliation compares it with the movements'}.`,
        units: toSkuUnits(count),
        isSafe: isCertain,
      };
      return {
        kind: disagreement.kind,
        // Certain movements are one repair of the cell. Each uncertain one is a finding of its own.
        subject: isCertain
          ? `cell:${cellName}`
          : `cell:${cellName}/${lost.map(operationIdOf).join('+')}`,
        expected: lost,
        actual: [],
        difference: lost,
        units: count,
        explanation: explainMissingMovements(cellName, moves, disagreement),
        records: lost,
        since,
        ...(isRestorable ? { repair } : {}),
      };
    }
    case 'RECORD_MISSING':
      return {
        kind: disagreement.kind,
        subject: disagreement.record,
        expected: 'a record of the reservation or operation',
        actual: null,
        difference: { units: disagreement.quantity },
        units: Math.abs(disagreement.quantity),
        explanation: `Movements of ${cellName} belong to ${disagreement.record}, which has no record, although its retention time has not passed. The units are counted. But a repeat of its request would count as a new one, and its units cannot be shipped or released.`,
        records: [{ cell, movementIds: disagreement.movementIds }],
        since: disagreement.since,
        ...proposeReservationRestore(disagreement.record, order),
      };
    case 'RESERVATION_DIFFERS': {
      const { reservationId, orderId, expected, actual, status, isCertain } = disagreement;
      const count = Math.max(countReservedUnits(expected), countReservedUnits(actual));
      const repair: Repair = {
        command: {
          action: 'followMovements',
          reservationId,
          version: disagreement.reservationVersion,
          cell,
        },
        effect: `Sets the reservation to the result of its movements (${describeReservedUnits(expected)}). A final reservation releases its units instead.`,
        units: toSkuUnits(count),
        isSafe: isCertain,
      };
      return {
        kind: disagreement.kind,
        subject: `reservation:${reservationId}`,
        expected,
        actual: { status, ...actual },
        difference: differencesOf(toAccounts(expected), toAccounts(actual)),
        units: count,
        explanation: `Reservation ${reservationId} is ${status}, so it should have ${describeReservedUnits(actual)} in ${cellName}, but its movements leave it with ${describeReservedUnits(expected)}${isCertain ? ', and so does the balance' : '. The balance agrees with neither'}.`,
        records: [
          {
            cell,
            reservationId,
            orderId: orderId,
            version: disagreement.reservationVersion,
          },
        ],
        since: disagreement.since,
        repair,
      };
    }
  }
}

/** No reservation has available units. */
const toAccounts = (units: ReservedUnits): Accounts => ({ ...units, available: 0 });

/** Returns the movement's id without its number, or the step of its reservation. */
const operationIdOf = ({ movementId, reservationId, kind }: LostMovement): string =>
  movementId?.replace(/\.\d+$/, '') ?? `${reservationId ?? ''}.${kind}`;

/**
 * Proposes to write the record of a reservation again, if its order exists. Inventory derives the
 * record from the movements, which must have the units of the order.
 */
function proposeReservationRestore(
  record: string,
  order: OrderAudit | undefined,
): { readonly repair?: Repair } {
  const reservationId = record.replace(/^reservation:/, '');
  if (order === undefined || order.orderId !== reservationId) return {};
  const units = unitsOfOrder(order);
  return proposeRepair(
    {
      action: 'restoreReservation',
      reservationId,
      version: 0,
      placedAt: order.createdAt,
      lines: units.map((of) => ({ sku: of.sku, quantity: of.units })),
    },
    `Writes the record of reservation ${reservationId} again from its movements, if they have the units of its order. No unit moves.`,
    { units },
  );
}
