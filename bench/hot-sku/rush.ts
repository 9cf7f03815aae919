import type { RecordedCall } from '../dynamodb-model/call-log.ts';
import type { Outcome, Purchase } from './purchase.ts';
import type { Shop } from './shop.ts';

export type RushResult = {
  readonly seconds: number;
  readonly holdsPerSecond: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  /** Share of 503 responses. */
  readonly shedRate: number;
  readonly conflictsPerHold: number;
  readonly throttlesPerHold: number;
  readonly writeUnitsPerHold: number;
  readonly readUnitsPerHold: number;
  readonly callsPerHold: number;
};

type CompletedPurchase = {
  readonly outcome: Outcome;
  readonly at: number;
  readonly milliseconds: number;
};

const MILLISECONDS_PER_SECOND = 1_000;

/**
 * Runs buyers who each start the next purchase when one has ended. The beginning, in which buckets
 * are full, does not count.
 */
export async function runRush(
  shop: Shop,
  buyers: readonly Purchase[],
  { warmSeconds, seconds }: { readonly warmSeconds: number; readonly seconds: number },
): Promise<RushResult> {
  const { clock, throttlingServer } = shop;
  const from = clock.now() + warmSeconds * MILLISECONDS_PER_SECOND;
  const until = from + seconds * MILLISECONDS_PER_SECOND;
  const ended: CompletedPurchase[] = [];
  let calls: readonly RecordedCall[] = [];
  clock.schedule(from - clock.now(), () => throttlingServer.reset());
  clock.schedule(until - clock.now(), () => {
    calls = [...throttlingServer.calls()];
  });
  await Promise.all(
    buyers.map((purchase, buyer) =>
      clock.runParticipant(async () => {
        for (let turn = 0; clock.now() < until; turn += 1) {
          const startedAt = clock.now();
          const outcome = await purchase(`b${buyer}-${turn}`, 1);
          ended.push({ outcome, at: clock.now(), milliseconds: clock.now() - startedAt });
        }
      }),
    ),
  );
  const counted = ended.filter(({ at }) => at >= from && at < until);
  return summarizeRush(counted, calls, seconds);
}

function summarizeRush(
  measured: readonly CompletedPurchase[],
  calls: readonly RecordedCall[],
  seconds: number,
) {
  const held = measured.filter(({ outcome }) => outcome === 'held');
  const shed = measured.filter(({ outcome }) => outcome === 'shed');
  if (measured.some(({ outcome }) => outcome === 'soldOut'))
    throw new Error('The SKU must not be sold out in this benchmark.');
  const perHold = (of: (call: RecordedCall) => number) =>
    calls.reduce((sum, call) => sum + of(call), 0) / Math.max(held.length, 1);
  const took = held.map((one) => one.milliseconds).sort((a, b) => a - b);
  return {
    seconds,
    holdsPerSecond: held.length / seconds,
    p50Milliseconds: quantile(took, 0.5),
    p99Milliseconds: quantile(took, 0.99),
    shedRate: shed.length / Math.max(measured.length, 1),
    conflictsPerHold: perHold(({ rejection }) => (rejection === 'conflict' ? 1 : 0)),
    throttlesPerHold: perHold(({ rejection }) => (rejection === 'throttle' ? 1 : 0)),
    writeUnitsPerHold: perHold(({ writeUnits, gsiWriteUnits }) => writeUnits + gsiWriteUnits),
    readUnitsPerHold: perHold(({ readUnits }) => readUnits),
    callsPerHold: perHold(() => 1),
  };
}

/** Returns a quantile of sorted numbers. */
export const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
