import type { Account, MovementDetails, MovementKind } from '../../../contracts/api/inventory.ts';
import type { EpochSeconds, Instant } from '../../../shared/core/instant.ts';

/**
 * The account that units are in: for `held` with its bucket. An account of another cell has the
 * shard of that cell, and the place where it is another one.
 */
export type AccountRef = {
  readonly account: Account;
  readonly bucket?: EpochSeconds;
  readonly shard?: number;
  readonly locationId?: string;
};

export const isInOtherCell = ({ shard, locationId }: AccountRef): boolean =>
  shard !== undefined || locationId !== undefined;
/** Returns true for an account at another location, or in a transfer on its way. */
export const isAtOtherPlace = ({ locationId }: AccountRef): boolean => locationId !== undefined;

/** Units that moved from one account of a cell to another. `outside` is beyond the shelf. */
export type Movement = MovementDetails & {
  readonly movementId: string;
  readonly at: Instant;
  readonly kind: MovementKind;
  readonly quantity: number;
  readonly from: AccountRef;
  readonly to: AccountRef;
  readonly by: string;
  readonly reservationId?: string;
  readonly orderId?: string;
  /**
   * Time at which the movement took effect, where that is before it was written: that of a count,
   * or of a restored movement.
   */
  readonly effectiveAt?: Instant;
  /** True for a lost movement that was written again from its operation record. */
  readonly restored?: true;
  readonly findingId?: string;
};

/** Fields that all movements of one change share. */
export type MovementContext = Omit<Movement, 'movementId' | 'kind' | 'quantity' | 'from' | 'to'> & {
  readonly operationId: string;
};

export const OUTSIDE: AccountRef = { account: 'outside' };
export const AVAILABLE: AccountRef = { account: 'available' };
export const COMMITTED: AccountRef = { account: 'committed' };
export const availableInShard = (shard: number): AccountRef => ({ account: 'available', shard });
export const heldInBucket = (bucket: EpochSeconds): AccountRef => ({ account: 'held', bucket });
