import { NEVER } from '../checker.ts';
import type { History, RecordedOperation, Time } from '../history.ts';
import {
  type Balance,
  balanceOf,
  type Inventory,
  type Reservation,
  type Window,
} from './inventory-model.ts';

/** The recorder and the functions read the same clock with different precision. */
export const CLOCK_PRECISION_MILLISECONDS = 3;
/** Maximum buckets between the first possible and the actual end of a hold with unknown outcome. */
const LATE_BUCKETS_MAX = 3;

/** Facts about keys and reservations from the whole history. */
type HistoryFacts = {
  readonly repeatedKeys: ReadonlySet<string>;
  /** Every expiry of a hold in a response, by reservation. */
  readonly observedExpiries: ReadonlyMap<string, readonly Time[]>;
};

/** Collects the facts of a history. */
export function factsOf({ operations }: History): HistoryFacts {
  const sent = new Set<string>();
  const repeatedKeys = new Set<string>();
  const observedExpiries = new Map<string, Time[]>();
  for (const { request, response } of operations) {
    if ('key' in request) (sent.has(request.key) ? repeatedKeys : sent).add(request.key);
    if (
      !('id' in request) ||
      response.kind !== 'reservation' ||
      response.reservation.until === undefined
    )
      continue;
    observedExpiries.set(request.id, [
      ...(observedExpiries.get(request.id) ?? []),
      response.reservation.until,
    ]);
  }
  return { repeatedKeys, observedExpiries };
}

/** A recorded operation with the facts of the whole history that concern it. */
export class OperationContext {
  readonly recorded: RecordedOperation;
  readonly history: History;
  readonly #known: HistoryFacts;
  readonly #low: Time;
  readonly #high: Time;

  constructor(history: History, recorded: RecordedOperation, known: HistoryFacts) {
    this.history = history;
    this.recorded = recorded;
    this.#known = known;
    this.#low = recorded.call - CLOCK_PRECISION_MILLISECONDS;
    this.#high = this.isUnknown ? NEVER : recorded.end + CLOCK_PRECISION_MILLISECONDS;
  }

  get isUnknown(): boolean {
    return this.recorded.response.kind === 'unknown';
  }

  /** Returns times that a function may have read; one for each possible set of expired holds. */
  possibleTimes({ held }: Balance): readonly Time[] {
    return [this.#low, ...[...held.keys()].filter((until) => this.#isWithin(until))];
  }

  possibleTimesOfWindow({ base, parts }: Window): readonly Time[] {
    return [...new Set([base, ...parts].flatMap((balance) => this.possibleTimes(balance)))];
  }

  possibleTimesIn(inventory: Inventory): readonly Time[] {
    return this.possibleTimes(balanceOf(inventory));
  }

  possibleTimesOf({ until }: Reservation): readonly Time[] {
    return until !== undefined && this.#isWithin(until) ? [this.#low, until] : [this.#low];
  }

  /**
   * Returns true if a hold of `holdSeconds`, which ended at `endsNow` before, may end at `until`.
   */
  mayExpireAt(until: Time, holdSeconds: number, endsNow = 0): boolean {
    return (
      until >= Math.max(this.#expiryAfter(this.#low, holdSeconds), endsNow) &&
      until <= Math.max(this.#expiryAfter(this.#high, holdSeconds), endsNow)
    );
  }

  /**
   * Returns the possible ends of a hold whose request has an unknown outcome: the observed ones and
   * those of the first buckets.
   */
  possibleExpiries(id: string, holdSeconds: number, endsNow = 0): readonly Time[] {
    const first = this.#expiryAfter(this.#low, holdSeconds);
    const firstExpiries = Array.from(
      { length: LATE_BUCKETS_MAX },
      (_, late) => first + late * this.history.bucketMilliseconds,
    );
    const seen = this.#known.observedExpiries.get(id) ?? [];
    const ends = [...firstExpiries, ...seen.filter((until) => until >= first)];
    return [...new Set(ends.map((until) => Math.max(until, endsNow)))];
  }

  partsOf(id: string): readonly number[] {
    return this.history.parts.get(id) ?? [];
  }

  isRepeated(key: string): boolean {
    return this.#known.repeatedKeys.has(key);
  }

  #isWithin(time: Time): boolean {
    return time > this.#low && time <= this.#high;
  }

  #expiryAfter(time: Time, holdSeconds: number): Time {
    const { bucketMilliseconds } = this.history;
    return Math.ceil((time + holdSeconds * 1_000) / bucketMilliseconds) * bucketMilliseconds;
  }
}
