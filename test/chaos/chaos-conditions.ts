import type { Conditions } from '../simulator/conditions.ts';
import { SeededRandom } from '../simulator/random.ts';
import { type Call, type Fault, isFaultApplicable } from '../simulator/service-calls.ts';

/** Share of calls with each fault. A function crashes at one call in twenty. */
export const FAULT_RATES = {
  crashBefore: 0.025,
  crashAfter: 0.025,
  lostResponse: 0.01,
  lostResponseAlways: 0.002,
  timeout: 0.01,
  timeoutAlways: 0.002,
  throttle: 0.01,
  throttleAlways: 0.002,
  conflict: 0.01,
  partialBatch: 0.02,
} as const satisfies Readonly<Record<Fault, number>>;

const CLOCK_SKEW_MILLISECONDS_MAX = 30_000;
const LATENCY_MILLISECONDS_MAX = 25;
const SLOW_MILLISECONDS_MAX = 2_500;
const SLOW_RATE = 0.01;
const MESSAGE_MILLISECONDS_MAX = 2_000;
const LATE_MESSAGE_MILLISECONDS_MAX = 90_000;
const LATE_MESSAGE_RATE = 0.03;
const REDELIVERED_MESSAGE_RATE = 0.05;
const STREAM_MILLISECONDS_MAX = 500;
const REDELIVERED_BATCH_RATE = 0.03;
const TRANSACTION_MILLISECONDS_MAX = 12;

/** Returns a key that identifies a fault in its scenario. */
export const faultKeyOf = ({ invocation, index }: Pick<Call, 'invocation' | 'index'>): string =>
  `${invocation.name}@${index}`;

/**
 * Returns conditions in which every call may fail, messages arrive late, out of order and twice,
 * clocks differ by up to half a minute, and transactions conflict. The fault of a call depends only
 * on the seed and the call. `isSuppressed` selects the faults that a reduced scenario omits.
 */
export function chaosConditions(
  seed: number,
  isSuppressed: (key: string) => boolean = () => false,
): Conditions {
  const seedRandom = new SeededRandom(seed, 'bad day');
  const faultOf = (call: Call): Fault | undefined => {
    const key = faultKeyOf(call);
    let left = seedRandom.fork(key, call.service, call.operation).next();
    for (const [fault, rate] of Object.entries(FAULT_RATES)) {
      left -= rate;
      // The keys of FAULT_RATES are faults.
      if (left < 0)
        return isFaultApplicable(fault as Fault, call) && !isSuppressed(key)
          ? (fault as Fault)
          : undefined;
    }
    return undefined;
  };
  const latency = (random: SeededRandom): number =>
    random.nextInteger(
      1,
      random.nextBoolean(SLOW_RATE) ? SLOW_MILLISECONDS_MAX : LATENCY_MILLISECONDS_MAX,
    );
  return {
    faultPlan: {
      faultOf,
      delays: (call) => {
        const random = seedRandom.fork('delay', faultKeyOf(call), call.attempt);
        return [latency(random), latency(random)];
      },
    },
    messageDelivery: {
      delayMilliseconds: (random) =>
        random.nextInteger(
          0,
          random.nextBoolean(LATE_MESSAGE_RATE)
            ? LATE_MESSAGE_MILLISECONDS_MAX
            : MESSAGE_MILLISECONDS_MAX,
        ),
      isRedelivered: (random) => random.nextBoolean(REDELIVERED_MESSAGE_RATE),
    },
    streamLag: (random) => random.nextInteger(20, STREAM_MILLISECONDS_MAX),
    isBatchRedelivered: (random) => random.nextBoolean(REDELIVERED_BATCH_RATE),
    transactionMilliseconds: (random) => random.nextInteger(1, TRANSACTION_MILLISECONDS_MAX),
    clockSkewMilliseconds: (random) =>
      random.nextInteger(-CLOCK_SKEW_MILLISECONDS_MAX, CLOCK_SKEW_MILLISECONDS_MAX),
  };
}
