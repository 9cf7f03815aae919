import type { EpochSeconds } from '../../../shared/core/instant.ts';
import { AVAILABLE, heldInBucket } from '../ledger/movement.ts';
import { type Difference, expiriesIn, subtractMoves } from './accounts.ts';
import type { LostMovement } from './lost-movements.ts';

/**
 * Maximum mismatches for which the audit searches an explanation: the search time grows
 * exponentially with them. With more, a person must check.
 */
const MISMATCHES_MAX = 6;

/**
 * Returns the lost movements that together are the whole difference, or undefined where no choice
 * of them is. The movement of an expired bucket may be lost with them, because both were in one
 * item. Returns an empty list where there is no difference.
 * `alternatives` has, for each mismatch, the movements of which at most one is lost.
 */
export function explainDifference(
  difference: Difference,
  alternatives: readonly (readonly LostMovement[])[],
  expiredThrough: EpochSeconds,
): LostMovement[] | undefined {
  const choices = alternatives.filter((candidates) => candidates.length > 0);
  if (choices.length > MISMATCHES_MAX) return undefined;

  const search = (
    left: Difference,
    from: number,
    chosen: readonly LostMovement[],
  ): LostMovement[] | undefined => {
    const candidates = choices[from];
    if (candidates === undefined) {
      const expiries = expiriesIn(left, expiredThrough);
      return expiries && [...expiries.map(toExpiryMovement), ...chosen];
    }
    for (const candidate of candidates) {
      const found = search(subtractMoves(left, [candidate]), from + 1, [...chosen, candidate]);
      if (found !== undefined) return found;
    }
    return search(left, from + 1, chosen);
  };
  return search(difference, 0, []);
}

const toExpiryMovement = ({
  bucket,
  quantity,
}: {
  bucket: EpochSeconds;
  quantity: number;
}): LostMovement => ({
  kind: 'EXPIRED',
  quantity,
  from: heldInBucket(bucket),
  to: AVAILABLE,
});
