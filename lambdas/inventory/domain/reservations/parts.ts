import type { MovementKind } from '../../../contracts/api/inventory.ts';
import { type CellPlan, takeCommitted } from '../ledger/cell-plan.ts';
import { type ReservationState, requireCell } from '../ledger/decision.ts';
import { type AccountRef, AVAILABLE, OUTSIDE } from '../ledger/movement.ts';
import {
  openUnitsOf,
  type PartKind,
  type Reservation,
  statusAfterParts,
} from '../ledger/reservation.ts';

type PartRule = {
  readonly kind: MovementKind;
  readonly to: AccountRef;
  readonly field: 'shipped' | 'released';
};
const PART_RULES: Readonly<Record<PartKind, PartRule>> = {
  ship: { kind: 'SHIPPED', to: OUTSIDE, field: 'shipped' },
  release: { kind: 'RELEASED', to: AVAILABLE, field: 'released' },
};

/** Units to take from each line of a reservation, in their order. */
export type Parts = readonly number[];

export const openPartsOf = ({ lines }: Reservation): Parts => lines.map(openUnitsOf);

type Settlement = {
  readonly plans: readonly CellPlan[];
  readonly changes: Pick<Reservation, 'status' | 'lines'>;
};

/** Plans to take committed units from the cells, and adds them to the parts of the lines. */
export function settleParts(
  state: ReservationState,
  reservation: Reservation,
  partKind: PartKind,
  parts: Parts,
): Settlement {
  const { kind, to, field } = PART_RULES[partKind];
  const plans: CellPlan[] = [];
  const lines = reservation.lines.map((line, index) => {
    const quantity = parts[index] ?? 0;
    if (quantity === 0) return line;
    plans.push(takeCommitted(requireCell(state, line), { quantity, kind, to }));
    return { ...line, [field]: (line[field] ?? 0) + quantity };
  });
  return { plans, changes: { status: statusAfterParts(lines), lines } };
}
