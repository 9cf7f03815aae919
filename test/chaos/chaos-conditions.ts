import { type Call, type Fault, isApplicable } from '../simulator/calls.ts';
import { Chance } from '../simulator/chance.ts';
import type { Conditions } from '../simulator/conditions.ts';

/** Of all calls: a function dies at one in twenty. */
export const FAULT_RATES = {
  crashBefore: 0.025,
  crashAfter: 0.025,
  lostResponse: 0.01,
  lostForGood: 0.002,
  timeout: 0.01,
  timeoutForGood: 0.002,
  throttle: 0.01,
  throttleForGood: 0.002,
  conflict: 0.01,
  partial: 0.02,
} as const satisfies Readonly<Record<Fault, number>>;

const SKEW_MILLISECONDS_MAX = 30_000;
const LATENCY_MILLISECONDS_MAX = 25;
const SLOW_MILLISECONDS_MAX = 2_500;
const SLOW_RATE = 0.01;
const MESSAGE_MILLISECONDS_MAX = 2_000;
const LATE_MESSAGE_MILLISECONDS_MAX = 90_000;
const LATE_MESSAGE_RATE = 0.03;
const REPEATED_MESSAGE_RATE = 0.05;
const STREAM_MILLISECONDS_MAX = 500;
const REPEATED_BATCH_RATE = 0.03;
const TRANSACTION_MILLISECONDS_MAX = 12;

/** By which a fault is told apart from all others of a story. */
export const faultKeyOf = ({ invocation, place }: Pick<Call, 'invocation' | 'place'>): string =>
  `${invocation.name}@${place}`;

/**
 * A bad day: every call may go wrong, messages come late, out of order and twice, clocks are half a minute off, transactions stand in
 * each other's way. What happens to a call depends on the seed and on what the call is, not on what else happens. `isSpared` says
 * which faults a smaller story leaves out.
 */
export function badDay(seed: number, isSpared: (key: string) => boolean = () => false): Conditions {
  const ofSeed = new Chance(seed, 'bad day');
  const faultOf = (call: Call): Fault | undefined => {
    const key = faultKeyOf(call);
    let left = ofSeed.of(key, call.service, call.operation).next();
    for (const [fault, rate] of Object.entries(FAULT_RATES)) {
      left -= rate;
      // The keys of the table are faults.
      if (left < 0)
        return isApplicable(fault as Fault, call) && !isSpared(key) ? (fault as Fault) : undefined;
    }
    return undefined;
  };
  const latency = (chance: Chance): number =>
    chance.whole(1, chance.happens(SLOW_RATE) ? SLOW_MILLISECONDS_MAX : LATENCY_MILLISECONDS_MAX);
  return {
    trouble: {
      faultOf,
      delays: (call) => {
        const chance = ofSeed.of('delay', faultKeyOf(call), call.attempt);
        return [latency(chance), latency(chance)];
      },
    },
    post: {
      delay: (chance) =>
        chance.whole(
          0,
          chance.happens(LATE_MESSAGE_RATE)
            ? LATE_MESSAGE_MILLISECONDS_MAX
            : MESSAGE_MILLISECONDS_MAX,
        ),
      isRepeated: (chance) => chance.happens(REPEATED_MESSAGE_RATE),
    },
    streamLag: (chance) => chance.whole(20, STREAM_MILLISECONDS_MAX),
    isBatchRepeated: (chance) => chance.happens(REPEATED_BATCH_RATE),
    transactionMilliseconds: (chance) => chance.whole(1, TRANSACTION_MILLISECONDS_MAX),
    skewMilliseconds: (chance) => chance.whole(-SKEW_MILLISECONDS_MAX, SKEW_MILLISECONDS_MAX),
  };
}
