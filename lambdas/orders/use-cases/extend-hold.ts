import { idFrom } from '../../shared/fingerprint.ts';
import type { Instant } from '../../shared/instant.ts';
import type { Result } from '../../shared/result.ts';
import type { Hold, Inventory } from './ports.ts';

/** Within this time a repeat of a request is the same extension; later it must hold the units anew, if they are there. */
const SAME_EXTENSION_MILLISECONDS = 60_000;

type Request = {
  readonly orderId: string;
  readonly operationId: string;
  readonly correlationId: string;
  readonly now: Instant;
};

/**
 * Makes the hold last `ttlSeconds` from now, if its stock is there. The key has the minute in it: a request that is repeated an
 * hour after it died must not be told of a hold that has lapsed since.
 */
export const extendHold = (
  inventory: Inventory,
  { orderId, operationId, correlationId, now }: Request,
  ttlSeconds: number,
): Promise<Result<Hold, { readonly kind: 'reservationExpired' }>> =>
  inventory.extend({
    orderId,
    correlationId,
    ttlSeconds,
    key: idFrom(operationId, String(Math.floor(now / SAME_EXTENSION_MILLISECONDS))),
  });
