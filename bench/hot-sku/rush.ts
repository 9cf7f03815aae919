import type { Call } from '../dynamodb-model/calls.ts';
import type { Outcome, Purchase } from './purchases.ts';
import type { Shop } from './shop.ts';

export type Rushed = {
  readonly seconds: number;
  readonly holdsPerSecond: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  /** Of all that ended, the part that was told to come again. */
  readonly shedRate: number;
  readonly conflictsPerHold: number;
  readonly throttlesPerHold: number;
  readonly writeUnitsPerHold: number;
  readonly readUnitsPerHold: number;
  readonly callsPerHold: number;
};

type Ended = { readonly outcome: Outcome; readonly at: number; readonly took: number };

const MILLISECONDS_PER_SECOND = 1_000;

/** Buyers who each start the next purchase when one has ended. The first moments, in which buckets are full, do not count. */
export async function rush(
  shop: Shop,
  buyers: readonly Purchase[],
  { warmSeconds, seconds }: { readonly warmSeconds: number; readonly seconds: number },
): Promise<Rushed> {
  const { clock, governor } = shop;
  const from = clock.now() + warmSeconds * MILLISECONDS_PER_SECOND;
  const until = from + seconds * MILLISECONDS_PER_SECOND;
  const ended: Ended[] = [];
  let calls: readonly Call[] = [];
  clock.after(from - clock.now(), () => governor.reset());
  clock.after(until - clock.now(), () => {
    calls = [...governor.calls()];
  });
  await Promise.all(
    buyers.map((purchase, buyer) =>
      clock.takePart(async () => {
        for (let turn = 0; clock.now() < until; turn += 1) {
          const startedAt = clock.now();
          const outcome = await purchase(`b${buyer}-${turn}`, 1);
          ended.push({ outcome, at: clock.now(), took: clock.now() - startedAt });
        }
      }),
    ),
  );
  const counted = ended.filter(({ at }) => at >= from && at < until);
  return summary(counted, calls, seconds);
}

function summary(counted: readonly Ended[], calls: readonly Call[], seconds: number) {
  const held = counted.filter(({ outcome }) => outcome === 'held');
  const shed = counted.filter(({ outcome }) => outcome === 'shed');
  if (counted.some(({ outcome }) => outcome === 'soldOut'))
    throw new Error('a hot sku is never sold out here');
  const perHold = (of: (call: Call) => number) =>
    calls.reduce((sum, call) => sum + of(call), 0) / Math.max(held.length, 1);
  const took = held.map((one) => one.took).sort((a, b) => a - b);
  return {
    seconds,
    holdsPerSecond: held.length / seconds,
    p50Milliseconds: quantile(took, 0.5),
    p99Milliseconds: quantile(took, 0.99),
    shedRate: shed.length / Math.max(counted.length, 1),
    conflictsPerHold: perHold(({ refusal }) => (refusal === 'conflict' ? 1 : 0)),
    throttlesPerHold: perHold(({ refusal }) => (refusal === 'throttle' ? 1 : 0)),
    writeUnitsPerHold: perHold(({ writeUnits, gsiWriteUnits }) => writeUnits + gsiWriteUnits),
    readUnitsPerHold: perHold(({ readUnits }) => readUnits),
    callsPerHold: perHold(() => 1),
  };
}

/** Of sorted numbers. */
export const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
