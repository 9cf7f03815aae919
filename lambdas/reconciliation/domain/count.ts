import type { AdjustmentView, CountBasis } from '../../contracts/repair-api.ts';
import type { Detection } from './finding.ts';
import type { CountToPost } from './repair.ts';

/** The larger of the two counts; `percent` is of what the book says. */
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

/** A count that could not be compared with the book yet. It keeps the time at which it was made. */
export type ReceivedCount = CountRecordFields & { readonly status: 'RECEIVED' };

/** A count that was compared with the book. It is PLANNED before it is posted, so that a repeated request continues with it. */
export type ComparedCount = CountRecordFields & {
  readonly status: 'PLANNED' | 'POSTED' | 'PENDING_APPROVAL' | 'SUPERSEDED';
  readonly expected: number;
  readonly difference: number;
  /** Units that were posted, or are to be posted. */
  readonly delta: number;
  readonly lastCountId?: string;
  readonly lastAdjustmentId?: string;
  readonly findingId?: string;
  /** The count of the same location that is not older. */
  readonly supersededBy?: string;
};
export type Count = ReceivedCount | ComparedCount;

/** A count to which a request was answered. */
export type CountOutcome = ComparedCount & {
  readonly status: Exclude<ComparedCount['status'], 'PLANNED'>;
};
export const hasOutcome = (count: Count | undefined): count is CountOutcome =>
  count !== undefined && count.status !== 'RECEIVED' && count.status !== 'PLANNED';

/**
 * True where `count` says nothing new beside `other`, a count of the same location that was posted or waits for approval: the
 * newest count says what is on the shelf, and of two counts of one time the first.
 */
export const isSupersededBy = (
  count: Pick<CountFacts, 'countId' | 'countedAt'>,
  other: Pick<CountFacts, 'countId' | 'countedAt'>,
): boolean =>
  other.countId !== count.countId && Date.parse(other.countedAt) >= Date.parse(count.countedAt);

/** A count is of the last days: what moved since is read movement by movement. */
export const COUNT_AGE_DAYS_MAX = 31;
/** A counter's clock may be ahead by so much. */
export const COUNT_AHEAD_SECONDS_MAX = 60;

/**
 * True for a difference that is posted without approval. Never for a count below what is committed, nor for a difference that a
 * later manual adjustment may have taken already, nor for a time of which the book says nothing.
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

/** A count that a person must look at before it is posted. */
export function toCountDetection(count: CountToPost, basis: CountBasis): Detection {
  const { sku, locationId, counted, countedAt, expected, delta } = count;
  const unfulfillableOrders = basis.unfulfillable.map(
    ({ orderId, reservationId }) => orderId ?? reservationId,
  );
  const shortageText =
    unfulfillableOrders.length === 0
      ? ''
      : ` ${basis.committed} units are committed to orders, so ${unfulfillableOrders.length === 1 ? 'this order' : `these ${unfulfillableOrders.length} orders`} can no longer be kept, newest first: ${unfulfillableOrders.join(', ')}.`;
  const heldText =
    delta < 0 && unfulfillableOrders.length === 0 && basis.available < -delta
      ? ` Only ${basis.available} are available now; ${basis.held} are held in checkouts and can be taken when these lapse.`
      : '';
  const adjustmentsText =
    basis.adjustmentsTotal === 0
      ? ''
      : ` After the count, ${basis.adjustmentsTotal === 1 ? 'one adjustment was' : `${basis.adjustmentsTotal} adjustments were`} entered by hand: ${basis.adjustments.map(describeAdjustment).join('; ')}${basis.adjustmentsTotal > basis.adjustments.length ? '; and more' : ''}. If they took the same difference, dismiss this or count again: approval takes the whole difference in addition.`;
  const firstMovementText =
    basis.firstMovementAt === undefined
      ? ''
      : ` The first movement at this location is of ${basis.firstMovementAt}, after the count: the book does not know what was there before. If that movement brought the units that were counted, dismiss this or count again.`;
  return {
    kind: 'COUNT_DIFFERS',
    subject: `count:${sku}/${locationId}`,
    expected,
    actual: counted,
    difference: delta,
    units: Math.abs(delta),
    explanation: `${counted} units of ${sku} were counted at ${locationId} at ${countedAt}, where the book had ${expected} on hand at that time.${shortageText}${heldText}${adjustmentsText}${firstMovementText}`,
    records: [count, ...basis.adjustments, ...basis.unfulfillable],
    since: countedAt,
    repair: {
      command: { action: 'postCount', count, unfulfillable: unfulfillableOrders },
      effect: `Posts ${delta > 0 ? '+' : ''}${delta} units of ${sku} at ${locationId} as ADJUSTED with the reason cycle_count.${
        unfulfillableOrders.length === 0
          ? ''
          : ' With orders "cancel" it first cancels the orders named, through their saga; with "keep" it leaves them, and posts as much as is available.'
      }`,
      units: [{ sku, units: Math.abs(delta) }],
      isSafe: false,
    },
  };
}
