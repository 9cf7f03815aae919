import { type Cell, heldIn, slotsOf } from '../../../lambdas/inventory/domain/ledger/cell.ts';
import type { Movement, Place } from '../../../lambdas/inventory/domain/ledger/movement.ts';
import type { Reservation } from '../../../lambdas/inventory/domain/ledger/reservation.ts';

type Books = {
  readonly cells: readonly {
    readonly id: string;
    readonly cell: Cell;
    readonly movements: readonly Movement[];
  }[];
  readonly reservations: readonly Reservation[];
};

/** Every disagreement of the books with I1 and I2 of the design; empty for sound books. */
export function disagreements({ cells, reservations }: Books): string[] {
  return cells.flatMap(({ id, cell, movements }) => [
    ...againstMovements(id, cell, movements),
    ...againstReservations(id, cell, reservations),
  ]);
}

/** I1: each account equals the sum of its movements; none is negative. */
function againstMovements(id: string, cell: Cell, movements: readonly Movement[]): string[] {
  const sums = new Map<string, number>();
  const add = (place: Place, units: number) => {
    const account = accountOf(place);
    sums.set(account, (sums.get(account) ?? 0) + units);
  };
  // A rebuilding says what a balance was set to; it is no part of the sum.
  for (const { from, to, quantity } of movements.filter(({ kind }) => kind !== 'REBUILT')) {
    add(from, -quantity);
    add(to, quantity);
  }
  sums.delete('outside');
  sums.delete('elsewhere');
  const balances = new Map<string, number>([
    ['available', cell.available],
    ['committed', cell.committed],
    ...slotsOf(cell.held).map((slot): [string, number] => [`held ${slot}`, heldIn(cell, slot)]),
  ]);
  return [...new Set([...sums.keys(), ...balances.keys()])].flatMap((account) => {
    const [balance, sum] = [balances.get(account) ?? 0, sums.get(account) ?? 0];
    return [
      ...(balance === sum ? [] : [`I1 ${id} ${account}: balance ${balance}, movements ${sum}`]),
      ...(balance < 0 ? [`I1 ${id} ${account}: negative (${balance})`] : []),
    ];
  });
}

/** I2: what is held in a slot that was not folded, and what is committed, is what the reservations say. */
function againstReservations(
  id: string,
  cell: Cell,
  reservations: readonly Reservation[],
): string[] {
  const held = new Map<number, number>();
  let committed = 0;
  for (const { status, lines, heldUntil } of reservations) {
    for (const line of lines) {
      if (`${line.sku}#${line.locationId}#${line.shard}` !== id) continue;
      if (status === 'COMMITTED') committed += line.quantity;
      if (status === 'HELD' && heldUntil !== undefined && heldUntil > cell.foldedThrough) {
        held.set(heldUntil, (held.get(heldUntil) ?? 0) + line.quantity);
      }
    }
  }
  const slots = [...new Set([...held.keys(), ...slotsOf(cell.held)])];
  return [
    ...slots.flatMap((slot) => {
      const [balance, reserved] = [heldIn(cell, slot), held.get(slot) ?? 0];
      return balance === reserved
        ? []
        : [`I2 ${id} held ${slot}: balance ${balance}, reservations ${reserved}`];
    }),
    ...(committed === cell.committed
      ? []
      : [`I2 ${id} committed: balance ${cell.committed}, reservations ${committed}`]),
  ];
}

/** What a transfer takes to another cell, or brings from there, is in that cell's sum. */
function accountOf({ account, slot, shard }: Place): string {
  if (shard !== undefined) return 'elsewhere';
  return slot === undefined ? account : `held ${slot}`;
}
