import type { Account, AdjustmentReason, MovementKind } from '../../../contracts/inventory-api.ts';
import type { EpochSeconds, Instant } from '../../../shared/core/instant.ts';

/** Where units are: an account, for `held` the bucket in which they lapse, and the shard where that is another cell. */
export type AccountRef = {
  readonly account: Account;
  readonly bucket?: EpochSeconds;
  readonly shard?: number;
};

/** Units that went from one account of a cell to another. `outside` is beyond the shelf. */
export type Movement = {
  readonly movementId: string;
  readonly at: Instant;
  readonly kind: MovementKind;
  readonly quantity: number;
  readonly from: AccountRef;
  readonly to: AccountRef;
  readonly by: string;
  readonly reservationId?: string;
  readonly orderId?: string;
  readonly reason?: AdjustmentReason;
  readonly note?: string;
  readonly reference?: string;
  /** When it took effect, where that was before it was written: a count's time, or that of a movement written again. */
  readonly effectiveAt?: Instant;
  /** It was lost, and written again from its marker. */
  readonly restored?: true;
  readonly findingId?: string;
};

/** What all movements of one change have in common. */
export type MovementContext = Omit<Movement, 'movementId' | 'kind' | 'quantity' | 'from' | 'to'> & {
  readonly operationId: string;
};

export const OUTSIDE: AccountRef = { account: 'outside' };
export const AVAILABLE: AccountRef = { account: 'available' };
export const COMMITTED: AccountRef = { account: 'committed' };
export const availableInShard = (shard: number): AccountRef => ({ account: 'available', shard });
export const heldInBucket = (bucket: EpochSeconds): AccountRef => ({ account: 'held', bucket });
