import type { AdjustmentView, CountBasis } from '../../../contracts/api/repair.ts';
import type { Detection } from '../finding.ts';
import type { CountToPost } from '../repair.ts';

/** Tolerance of a count: the larger of both limits. `percent` is relative to the book. */
export type Tolerance = {
  readonly units?: number | undefined;
  readonly percent?: number | undefined;
};

export type CountFacts = {
  readonly countId: string;
  readonly sku: string;
  readonly locationId: string;
  readonly counted: number;
  /** ISO 8601. */
  readonly countedAt: string;
  readonly reference?: string;
};

type CountRecordFields = CountFacts & {
  readonly fingerprint: string;
  readonly by: string;
  readonly version: number;
  readonly updatedAt: string;
  readonly correlationId: string;
};

/** A count that is not yet compared with the book. It keeps the time at which it was made. */
export type ReceivedCount = CountRecordFields & { readonly status: 'RECEIVED' };

/**
 * A count compared with the book. It is PLANNED before it is posted, so that a repeat continues it.
 */
export type ComparedCount = CountRecordFields & {
  readonly status: 'PLANNED' | 'POSTED' | 'PENDING_APPROVAL' | 'SUPERSEDED';
  readonly expected: number;
  readonly difference: number;
  /** Units that are posted or to be posted. */
  readonly delta: number;
  readonly lastCountId?: string;
  readonly lastAdjustmentId?: string;
  readonly findingId?: string;
  /** Id of the newer count of the same location. */
  readonly supersededBy?: string;
};
export type Count = ReceivedCount | ComparedCount;

/** A count whose request has received a response. */
export type CountOutcome = ComparedCount & {
  readonly status: Exclude<ComparedCount['status'], 'PLANNED'>;
};
/** Response to a request. `repeated` is true if an earlier request had this outcome. */
export type CountResult = CountOutcome & { readonly repeated?: true };
export const hasOutcome = (count: Count | undefined): count is CountOutcome =>
  count !== undefined && count.status !== 'RECEIVED' && count.status !== 'PLANNED';

/**
 * True if `count` is older than `other`, a count of the same location that is posted or awaits
 * approval. The newest count is right; of two counts of one time, the first.
 */
export const isSupersededBy = (
  count: Pick<CountFacts, 'countId' | 'countedAt'>,
  other: Pick<CountFacts, 'countId' | 'countedAt'>,
): boolean =>
  other.countId !== count.countId && Date.parse(other.countedAt) >= Date.parse(count.countedAt);

/** Maximum age of a count. Movements since then are read one by one. */
export const COUNT_AGE_DAYS_MAX = 31;
/** Maximum lead of the counter's clock. */
export const COUNT_AHEAD_SECONDS_MAX = 60;

/**
 * True for a difference that is posted without approval. False for a count below the committed
 * units, for a difference that a later manual adjustment may include, and for a time before the
 * first movement.
 */
export function isWithinTolerance(
  tolerance: Tolerance,
  { expected, unfulfillable, adjustmentsTotal, firstMovementAt }: ToleranceBasis,
  counted: number,
): boolean {
  if (expected === counted) return unfulfillable.length === 0;
  if (adjustmentsTotal > 0 || firstMovementAt !== undefined) return false;
  const allowedUnits = Math.max(
    tolerance.units ?? 0,
    Math.floor((expected * (tolerance.percent ?? 0)) / 100),
  );
  return unfulfillable.length === 0 && Math.abs(counted - expected) <= allowedUnits;
}

type ToleranceBasis = Pick<
  CountBasis,
  'expected' | 'unfulfillable' | 'adjustmentsTotal' | 'firstMovementAt'
>;

export const compareWithBook = (
  count: CountFacts,
  { expected, lastCount, lastAdjustmentId }: CountBasis,
): CountToPost => ({
  ...count,
  expected,
  delta: count.counted - expected,
  ...(lastCount === undefined ? {} : { lastCountId: lastCount.countId }),
  ...(lastAdjustmentId === undefined ? {} : { lastAdjustmentId }),
});

const describeAdjustment = ({ movementId, at, delta, reason, by }: AdjustmentView): string =>
  `${delta > 0 ? '+' : ''}${delta} (${reason ?? 'other'}) at ${at} by ${by}, movement ${movementId}`;

/** Reports a count that a person must approve before it is posted. */
export function toCountDetection(count: CountToPost, basis: CountBasis): Detection {
  const { sku, locationId, counted, countedAt, expected, delta } = count;
  const unfulfillableOrders = basis.unfulfillable
    .filter(({ owner }) => owner === undefined)
    .map(({ orderId, reservationId }) => orderId ?? reservationId);
  const ofServices = basis.unfulfillable.flatMap(({ reservationId, owner }) =>
    owner === undefined ? [] : [`${reservationId} of ${owner}`],
  );
  const servicesText =
    ofServices.length === 0
      ? ''
      : ` Units of these reservations of other services are missing too: ${ofServices.join(', ')}. Release them through these services before you approve.`;
  const shortageText =
    unfulfillableOrders.length === 0
      ? ''
      : ` ${basis.committed} units are committed to orders, so ${unfulfillableOrders.length === 1 ? 'this order' : `these ${unfulfillableOrders.length} orders`} can no longer be fulfilled, newest first: ${unfulfillableOrders.join(', ')}.`;
  const heldText =
    delta < 0 && basis.unfulfillable.length === 0 && basis.available < -delta
      ? ` Only ${basis.available} are available now; ${basis.held} are held in checkouts and become available when these holds expire.`
      : '';
  const adjustmentsText =
    basis.adjustmentsTotal === 0
      ? ''
      : ` After the count, ${basis.adjustmentsTotal === 1 ? 'one adjustment was' : `${basis.adjustmentsTotal} adjustments were`} entered manually: ${basis.adjustments.map(describeAdjustment).join('; ')}${basis.adjustmentsTotal > basis.adjustments.length ? '; and more' : ''}. If they include this difference, dismiss this finding or count again. Approval posts the whole difference in addition.`;
  const firstMovementText =
    basis.firstMovementAt === undefined
      ? ''
      : ` The first movement at this location was at ${basis.firstMovementAt}, after the count, so the book has no earlier balance. If that movement added the counted units, dismiss this finding or count again.`;
  return {
    kind: 'COUNT_DIFFERS',
    subject: `count:${sku}/${locationId}`,
    expected,
    actual: counted,
    difference: delta,
    units: Math.abs(delta),
    explanation: `${counted} units of ${sku} were counted at ${locationId} at ${countedAt}, and the book had ${expected} on hand at that time.${shortageText}${servicesText}${heldText}${adjustmentsText}${firstMovementText}`,
    records: [count, ...basis.adjustments, ...basis.unfulfillable],
    since: countedAt,
    repair: {
      command: { action: 'postCount', count, unfulfillable: unfulfillableOrders },
      effect: `Posts ${delta > 0 ? '+' : ''}${delta} units of ${sku} at ${locationId} as ADJUSTED with the reason cycle_count.${
        unfulfillableOrders.length === 0
          ? ''
          : ' With orderDecision "cancel" it first cancels these orders through their sagas. With "keep" it leaves them and posts at most the available units.'
      }`,
      units: [{ sku, units: Math.abs(delta) }],
      isSafe: false,
    },
  };
}
