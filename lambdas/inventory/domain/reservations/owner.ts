import { type Decision, type ReservationState, reject } from '../ledger/decision.ts';
import { type Owner, ownerOf } from '../ledger/reservation.ts';

export type NotOwner = { readonly kind: 'notOwner' };

/** Decides a command on a reservation that exists only if it belongs to the owner. */
export function decideForOwner<Value, Failure>(
  { reservation }: ReservationState,
  owner: Owner,
  decide: () => Decision<Value, Failure>,
): Decision<Value, Failure | NotOwner> {
  if (reservation !== undefined && ownerOf(reservation) !== owner)
    return reject({ kind: 'notOwner' });
  return decide();
}
