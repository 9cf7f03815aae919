import {
  bucketsOf,
  type Cell,
  unitsInBucket,
} from '../../../lambdas/inventory/domain/ledger/cell.ts';
import {
  type AccountRef,
  isInOtherCell,
  type Movement,
} from '../../../lambdas/inventory/domain/ledger/movement.ts';
import {
  openUnitsOf,
  type Reservation,
  statusAfterParts,
} from '../../../lambdas/inventory/domain/ledger/reservation.ts';

type CellRecords = {
  readonly cells: readonly {
    readonly id: string;
    readonly cell: Cell;
    readonly movements: readonly Movement[];
  }[];
  readonly reservations: readonly Reservation[];
};

/** Returns every violation of I1 and I2; empty for correct books. */
export function checkCells({ cells, reservations }: CellRecords): string[] {
  return cells.flatMap(({ id, cell, movements }) => [
    ...checkAgainstMovements(id, cell, movements),
    ...checkAgainstReservations(id, cell, reservations),
  ]);
}

/** I1: each account equals the sum of its movements; none is negative. */
function checkAgainstMovements(id: string, cell: Cell, movements: readonly Movement[]): string[] {
  const sums = new Map<string, number>();
  const add = (ref: AccountRef, units: number) => {
    const account = accountKeyOf(ref);
    sums.set(account, (sums.get(account) ?? 0) + units);
  };
  // A REBUILT movement records what a balance was set to; it is not part of the sum.
  for (const { from, to, quantity } of movements.filter(({ kind }) => kind !== 'REBUILT')) {
    add(from, -quantity);
    add(to, quantity);
  }
  sums.delete('outside');
  sums.delete('elsewhere');
  const balances = new Map<string, number>([
    ['available', cell.available],
    ['committed', cell.committed],
    ...bucketsOf(cell.held).map((bucket): [string, number] => [
      `held ${bucket}`,
      unitsInBucket(cell, bucket),
    ]),
  ]);
  return [...new Set([...sums.keys(), ...balances.keys()])].flatMap((account) => {
    const [balance, sum] = [balances.get(account) ?? 0, sums.get(account) ?? 0];
    return [
      ...(balance === sum ? [] : [`I1 ${id} ${account}: balance ${balance}, movements ${sum}`]),
      ...(balance < 0 ? [`I1 ${id} ${account}: negative (${balance})`] : []),
    ];
  });
}

/** I2: the units in open buckets and the committed units are those of the reservations. */
function checkAgainstReservations(
  id: string,
  cell: Cell,
  reservations: readonly Reservation[],
): string[] {
  const held = new Map<number, number>();
  let committed = 0;
  for (const { status, lines, heldUntil } of reservations) {
    // A COMMITTED record without open units was edited: it claims all its units.
    const hasOpenUnits = lines.some((line) => openUnitsOf(line) > 0);
    for (const line of lines) {
      if (`${line.sku}#${line.locationId}#${line.shard}` !== id) continue;
      if (status === 'COMMITTED') committed += hasOpenUnits ? openUnitsOf(line) : line.quantity;
      if (status === 'HELD' && heldUntil !== undefined && heldUntil > cell.expiredThrough) {
        held.set(heldUntil, (held.get(heldUntil) ?? 0) + line.quantity);
      }
    }
  }
  const buckets = [...new Set([...held.keys(), ...bucketsOf(cell.held)])];
  return [
    ...buckets.flatMap((bucket) => {
      const [balance, reserved] = [unitsInBucket(cell, bucket), held.get(bucket) ?? 0];
      return balance === reserved
        ? []
        : [`I2 ${id} held ${bucket}: balance ${balance}, reservations ${reserved}`];
    }),
    ...(committed === cell.committed
      ? []
      : [`I2 ${id} committed: balance ${cell.committed}, reservations ${committed}`]),
  ];
}

/**
 * Returns the reservations whose status does not follow from the parts of their lines, or whose
 * parts exceed a line.
 */
export const checkParts = (reservations: Iterable<Reservation>): string[] =>
  [...reservations].flatMap(({ reservationId, status, lines }) => {
    const hasParts = lines.some(({ shipped = 0, released = 0 }) => shipped + released > 0);
    const isWhole = !hasParts && ['HELD', 'EXPIRED', 'RELEASED', 'COMMITTED'].includes(status);
    return [
      ...(isWhole || (hasParts && statusAfterParts(lines) === status)
        ? []
        : [`I2 ${reservationId}: ${status} with lines ${JSON.stringify(lines)}`]),
      ...(lines.some((line) => openUnitsOf(line) < 0)
        ? [`I2 ${reservationId}: parts exceed a line`]
        : []),
    ];
  });

/** Returns the account of a movement's end. Units of a transfer count in the other cell's sum. */
function accountKeyOf(ref: AccountRef): string {
  if (isInOtherCell(ref)) return 'elsewhere';
  const { account, bucket } = ref;
  return bucket === undefined ? account : `held ${bucket}`;
}
