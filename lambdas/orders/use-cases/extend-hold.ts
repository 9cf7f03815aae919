import { idFrom } from '../../shared/fingerprint.ts';
import type { Instant } from '../../shared/instant.ts';
import type { Result } from '../../shared/result.ts';
import type { Hold, Inventory } from './ports.ts';

/** A repeat within this time is the same extension. A later one holds the units again, if they are there. */
const SAME_EXTENSION_MILLISECONDS = 60_000;

type Request = {
  readonly orderId: string;
  /** What the hold is extended for: `place`, or the payment's attempt. */
  readonly step: string;
  readonly correlationId: string;
  readonly now: Instant;
};

/**
 * Makes the hold last `holdSeconds` from now, if its stock is there. The key has the minute in it: a request that is
 * repeated an hour after it died must not get the answer of a hold that has expired since. The key has nothing of the
 * customer's own key: inventory keeps it, and an erased order must not be found by it.
 */
export const extendHold = (
  inventory: Inventory,
  { orderId, step, correlationId, now }: Request,
  holdSeconds: number,
): Promise<Result<Hold, { readonly kind: 'reservationExpired' }>> =>
  inventory.extend({
    orderId,
    correlationId,
    holdSeconds,
    key: idFrom(orderId, step, String(Math.floor(now / SAME_EXTENSION_MILLISECONDS))),
  });
