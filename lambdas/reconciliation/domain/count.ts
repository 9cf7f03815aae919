import type { CountBasis } from '../../contracts/repair-api.ts';
import type { Detected } from './finding.ts';
import type { CountToPost } from './repair.ts';

/** The larger of the two counts; `percent` is of what the book says. */
export type Tolerance = { readonly units?: number | undefined; readonly percent?: number | undefined };

export type Counted = {
  readonly countId: string;
  readonly sku: string;
  readonly locationId: string;
  readonly counted: number;
  /** ISO 8601. */
  readonly countedAt: string;
  readonly reference?: string;
};

/** A count as this context keeps it: planned before it is posted, so that whoever repeats the request goes on with it. */
export type Count = Counted & {
  readonly fingerprint: string;
  readonly by: string;
  readonly status: 'PLANNED' | 'POSTED' | 'PENDING_APPROVAL';
  readonly expected: number;
  readonly difference: number;
  /** What was, or is to be, posted of the difference. */
  readonly delta: number;
  readonly lastCountId?: string;
  readonly findingId?: string;
  readonly version: number;
  readonly updatedAt: string;
  readonly correlationId: string;
};

/** A count is of the last days: what moved since is read movement by movement. */
export const COUNT_AGE_DAYS_MAX = 31;
/** A counter's clock may be ahead by so much. */
export const COUNT_AHEAD_SECONDS_MAX = 60;

/** True for a difference that is posted without asking anybody. A count below what is committed never is. */
export function isWithin(
  tolerance: Tolerance,
  { expected, short }: Pick<CountBasis, 'expected' | 'short'>,
  counted: number,
): boolean {
  const allowed = Math.max(tolerance.units ?? 0, Math.floor((expected * (tolerance.percent ?? 0)) / 100));
  return short.length === 0 && Math.abs(counted - expected) <= allowed;
}

export const toPost = (count: Counted, { expected, lastCountId }: CountBasis): CountToPost => ({
  ...count,
  expected,
  delta: count.counted - expected,
  ...(lastCountId === undefined ? {} : { lastCountId }),
});

/** A count that a person must look at before it is posted. */
export function detectedInCount(count: CountToPost, basis: CountBasis): Detected {
  const { sku, locationId, counted, countedAt, expected, delta } = count;
  const orders = basis.short.map(({ orderId, reservationId }) => orderId ?? reservationId);
  const shortage =
    orders.length === 0
      ? ''
      : ` ${basis.committed} units are committed to orders, so ${orders.length === 1 ? 'this order' : `these ${orders.length} orders`} can no longer be kept, newest first: ${orders.join(', ')}.`;
  const held =
    delta < 0 && orders.length === 0 && basis.available < -delta
      ? ` Only ${basis.available} are available now; ${basis.held} are held in checkouts and can be taken when these lapse.`
      : '';
  return {
    kind: 'COUNT_DIFFERS',
    subject: `count:${sku}/${locationId}`,
    expected,
    actual: counted,
    difference: delta,
    units: Math.abs(delta),
    explanation: `${counted} units of ${sku} were counted at ${locationId} at ${countedAt}, where the book had ${expected} on hand at that time.${shortage}${held}`,
    records: [count, ...basis.short],
    since: countedAt,
    repair: {
      command: { action: 'postCount', count, short: orders },
      effect: `Posts ${delta > 0 ? '+' : ''}${delta} units of ${sku} at ${locationId} as ADJUSTED with the reason cycle_count.${
        orders.length === 0
          ? ''
          : ' With orders "cancel" it first cancels the orders named, through their saga; with "keep" it leaves them, and posts as much as is available.'
      }`,
      units: [{ sku, units: Math.abs(delta) }],
      isSafe: false,
    },
  };
}
