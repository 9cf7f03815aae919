import type {
  Accounts,
  CellDisagreement,
  Claim,
  LostMovement,
  OrderAudit,
} from '../../contracts/audit-api.ts';
import { explanationOfBalance, explanationOfMissing } from './cell-explanations.ts';
import type { Detected } from './finding.ts';
import { repairOf, unitsOf as unitsOfOrder } from './order-sides.ts';
import { nameOfCell, type Repair } from './repair.ts';

/** What inventory has against a cell, as a finding that explains itself. */
export function detectedInCell(
  found: CellDisagreement,
  now: string,
  /** Of the reservation whose record is missing. */
  order?: OrderAudit,
): Detected {
  const { cell, version } = found;
  const name = nameOfCell(cell);
  const units = (count: number) => [{ sku: cell.sku, units: count }];
  switch (found.kind) {
    case 'BALANCE_DIFFERS': {
      const { balance, movements, rebuildable } = found;
      const difference = differencesOf(movements, balance);
      const count = unitsOf(difference);
      const repair: Repair = {
        command: { action: 'rebuildBalance', cell, version, accounts: movements },
        effect: `Sets the balance of ${name} to what its movements add up to (${inWords(balance, movements, 'becomes')}), with a REBUILT movement for each account.`,
        units: units(count),
        isSafe: found.doubt === undefined,
      };
      return {
        kind: found.kind,
        subject: `cell:${name}`,
        expected: movements,
        actual: balance,
        difference,
        units: count,
        explanation: `The balance of ${name} is not what its movements add up to: ${inWords(balance, movements, 'should be')}. ${explanationOfBalance(found.doubt)}`,
        records: [{ cell, version }],
        since: now,
        ...(rebuildable ? { repair } : {}),
      };
    }
    case 'BALANCE_NEGATIVE':
      return {
        kind: found.kind,
        subject: `cell:${name}`,
        expected: 'no account below 0',
        actual: found.balance,
        difference: found.balance,
        units: negativeUnits(found.balance),
        explanation: `An account of ${name} is below 0, and its movements say so too: more was taken than there was. No command does that; look at the last movements.`,
        records: [{ cell, version }],
        since: now,
      };
    case 'SLOT_NOT_FOLDED':
      return {
        kind: found.kind,
        subject: `cell:${name}`,
        expected: `nothing held until ${isoOf(found.foldedThrough)} or before, which is folded`,
        actual: found.balance.held,
        difference: behind(found.balance, found.foldedThrough),
        units: sum(Object.values(behind(found.balance, found.foldedThrough))),
        explanation: `Cell ${name} holds units in slots that its watermark (${isoOf(found.foldedThrough)}) says were folded. Their reservations would be committed from available, and these units be available only when the next reserve folds them.`,
        records: [{ cell, version }],
        since: now,
      };
    case 'MOVEMENT_MISSING': {
      const { lost, restorable, isCertain, since } = found;
      const count = sum(lost.map(({ quantity }) => quantity));
      const moves = lost.map(inWordsOf).join('; ');
      const repair: Repair = {
        command: { action: 'restoreMovements', cell, version, lost },
        effect: `Writes ${lost.length === 1 ? 'the movement' : `${lost.length} movements`} of ${name} again (${moves}), marked as restored. The balance stays as it is${isCertain ? '' : ', and is compared with the movements in the next reconciliation'}.`,
        units: units(count),
        isSafe: isCertain,
      };
      return {
        kind: found.kind,
        // What is certain is one repair of the cell; each that is not is a question of its own.
        subject: isCertain ? `cell:${name}` : `cell:${name}/${lost.map(operationOf).join('+')}`,
        expected: lost,
        actual: [],
        difference: lost,
        units: count,
        explanation: explanationOfMissing(name, moves, found),
        records: lost,
        since,
        ...(restorable ? { repair } : {}),
      };
    }
    case 'MARKER_MISSING':
      return {
        kind: found.kind,
        subject: found.marker,
        expected: 'a record of the reservation or operation',
        actual: null,
        difference: { units: found.quantity },
        units: Math.abs(found.quantity),
        explanation: `Movements of ${name} belong to ${found.marker}, which is not on record any more, though it should be kept. The units are counted; but a repeat of its request would be taken for a new one, and nobody can ship or release what it holds.`,
        records: [{ cell, movementIds: found.movementIds }],
        since: found.since,
        ...restoringOf(found.marker, order),
      };
    case 'RESERVATION_DIFFERS': {
      const { reservationId, expected, actual, status, isCertain } = found;
      const count = Math.max(claimed(expected), claimed(actual));
      const repair: Repair = {
        command: {
          action: 'followMovements',
          reservationId,
          version: found.reservationVersion,
          cell,
        },
        effect: `Sets the reservation as its movements say (${claimInWords(expected)}); a record that is settled lets its units go instead.`,
        units: units(count),
        isSafe: isCertain,
      };
      return {
        kind: found.kind,
        subject: `reservation:${reservationId}`,
        expected,
        actual: { status, ...actual },
        difference: {
          held: claimed(expected) - claimed(actual),
          committed: expected.committed - actual.committed,
        },
        units: count,
        explanation: `Reservation ${reservationId} is ${status}, so it should have ${claimInWords(actual)} in ${name}; but its movements leave it with ${claimInWords(expected)}${isCertain ? ', and so does the balance' : '. The balance agrees with neither'}.`,
        records: [
          { cell, reservationId, orderId: found.orderId, version: found.reservationVersion },
        ],
        since: found.since,
        repair,
      };
    }
  }
}

/** Its movement's id without the number, or the step of its reservation. */
const operationOf = ({ movementId, reservationId, kind }: LostMovement): string =>
  movementId?.replace(/\.\d+$/, '') ?? `${reservationId ?? ''}.${kind}`;

/** A reservation whose order is on record is written again: from its movements, which must have the units of the order. */
function restoringOf(marker: string, order: OrderAudit | undefined): { readonly repair?: Repair } {
  const reservationId = marker.replace(/^reservation:/, '');
  if (order === undefined || order.orderId !== reservationId) return {};
  const units = unitsOfOrder(order);
  return repairOf(
    {
      action: 'restoreReservation',
      reservationId,
      version: 0,
      placedAt: order.createdAt,
      lines: units.map((of) => ({ sku: of.sku, quantity: of.units })),
    },
    `Writes the record of reservation ${reservationId} again as its movements say, if they have the units of its order. No unit moves.`,
    { units },
  );
}

type Differences = Readonly<Record<string, number>>;

/** What must be added to each account of `b`. */
function differencesOf(a: Accounts, b: Accounts): Differences {
  const held = [...new Set([...Object.keys(a.held), ...Object.keys(b.held)])].map(
    (slot): [string, number] => [
      `held until ${isoOf(Number(slot))}`,
      (a.held[slot] ?? 0) - (b.held[slot] ?? 0),
    ],
  );
  const all: [string, number][] = [
    ['available', a.available - b.available],
    ...held,
    ['committed', a.committed - b.committed],
  ];
  return Object.fromEntries(all.filter(([, units]) => units !== 0));
}

/** Each account that differs, with what it is and what the movements say. */
function inWords(balance: Accounts, movements: Accounts, verb: string): string {
  const slots = [...new Set([...Object.keys(balance.held), ...Object.keys(movements.held)])];
  const all: [string, number, number][] = [
    ['available', balance.available, movements.available],
    ...slots.map((slot): [string, number, number] => [
      `held until ${isoOf(Number(slot))}`,
      balance.held[slot] ?? 0,
      movements.held[slot] ?? 0,
    ]),
    ['committed', balance.committed, movements.committed],
  ];
  return all
    .filter(([, is, should]) => is !== should)
    .map(([account, is, should]) => `${account} is ${is} and ${verb} ${should}`)
    .join(', ');
}

/** Units that moved from one account to another count once. */
function unitsOf(differences: Differences): number {
  const all = Object.values(differences);
  return Math.max(sum(all.filter((units) => units > 0)), -sum(all.filter((units) => units < 0)));
}

const inWordsOf = ({
  kind,
  quantity,
  from,
  to,
  reservationId,
  operationId,
}: LostMovement & { operationId?: string }) =>
  `${kind} of ${quantity} from ${from.account} to ${to.account}${ownerOf(reservationId ?? operationId)}`;
const ownerOf = (id: string | undefined): string => (id === undefined ? '' : ` by ${id}`);

const claimed = ({ held, committed }: Claim): number => sum(Object.values(held)) + committed;
const claimInWords = (claim: Claim): string => {
  const held = Object.entries(claim.held).map(
    ([slot, units]) => `${units} held until ${isoOf(Number(slot))}`,
  );
  const all = [...held, ...(claim.committed === 0 ? [] : [`${claim.committed} committed`])];
  return all.length === 0 ? 'nothing' : all.join(' and ');
};

const behind = ({ held }: Accounts, foldedThrough: number): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(held).filter(([slot]) => Number(slot) <= foldedThrough));
const negativeUnits = ({ available, held, committed }: Accounts): number =>
  -sum([available, committed, ...Object.values(held)].filter((units) => units < 0));
const sum = (all: readonly number[]): number => all.reduce((total, units) => total + units, 0);
const isoOf = (slot: number): string => new Date(slot * 1000).toISOString();
