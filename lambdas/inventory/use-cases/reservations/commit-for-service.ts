import type { Shortage } from '../../../contracts/api/reservations.ts';
import { err, type Result } from '../../../shared/core/result.ts';
import type { Reservation } from '../../domain/ledger/reservation.ts';
import type { CommitReservation } from '../../domain/reservations/commit.ts';
import type { NotOwner } from '../../domain/reservations/owner.ts';
import type { StockStore } from '../ports.ts';
import { commitReservation } from './change-reservation.ts';

export type CommitError =
  | NotOwner
  | { readonly kind: 'expired'; readonly shortages: readonly Shortage[] }
  | { readonly kind: 'released' };

/**
 * Commits a reservation for the service that owns it. No saga runs for it, so a commit that fails
 * is the result of the request.
 */
export async function commitForService(
  store: StockStore,
  command: CommitReservation,
): Promise<Result<Reservation, CommitError>> {
  const result = await commitReservation(store, command);
  if (!result.ok) return result;
  const { status, commitFailure } = result.value;
  if (status === 'COMMITTED' || status === 'FULFILLED' || commitFailure === undefined)
    return result;
  const { code, shortages } = commitFailure;
  return err(
    code === 'RESERVATION_RELEASED' ? { kind: 'released' } : { kind: 'expired', shortages },
  );
}
