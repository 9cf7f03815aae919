import { EXTENSIONS_MAX } from '../../lambdas/inventory/domain/reservations/extend.ts';
import { checkLinearizability, NEVER, type Operation, type SearchResult } from './checker.ts';
import {
  describeOperation,
  type History,
  type RecordedOperation,
  type Request,
  type Time,
} from './history.ts';
import {
  availableAt,
  type Balance,
  balanceOf,
  createInventoryModel,
  type Inventory,
  isExpired,
  matchesReservation,
  matchesStock,
  mayBeInsufficient,
  mayShowStock,
  type Reservation,
  type Window,
  withChange,
  withoutWindow,
  withReservation,
  withWindow,
} from './inventory-model.ts';

/** The recorder's clock and the functions' clock are one, read with different precision. */
const CLOCK_PRECISION_MILLISECONDS = 3;
/**
 * Maximum number of buckets between the request and the end of a reservation with an unknown
 * outcome.
 */
const LATE_BUCKETS_MAX = 3;

type Step = Operation<Inventory>['step'];

/** Checks a history of one SKU against the sequential inventory. */
export function checkHistory(history: History): SearchResult {
  const known = factsOf(history);
  const operations = history.operations.flatMap((recorded, index) =>
    toOperations(new OperationContext(history, recorded, known), index),
  );
  return checkLinearizability(operations, createInventoryModel(history.units));
}

/** Facts about keys and reservations from the whole history. */
type HistoryFacts = {
  readonly repeatedKeys: ReadonlySet<string>;
  /** Every expiry of a hold in a response, by reservation. */
  readonly observedExpiries: ReadonlyMap<string, readonly Time[]>;
};

function factsOf({ operations }: History): HistoryFacts {
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

/**
 * Returns contradictions that no order of operations can explain: times, echoes and repeats that
 * contradict the request.
 */
export function findContradictions({ operations }: History): string[] {
  const movements = new Map<string, string>();
  return operations.flatMap((recorded) => {
    const { call, end, request, response } = recorded;
    if (response.kind === 'stock') {
      const { asOf } = response.stock;
      return asOf < call - CLOCK_PRECISION_MILLISECONDS || asOf > end + CLOCK_PRECISION_MILLISECONDS
        ? [`read at another time: ${describeOperation(recorded)}`]
        : [];
    }
    if (response.kind !== 'stockEntered' || !('key' in request)) return [];
    const units =
      request.kind === 'receive'
        ? request.quantity
        : request.kind === 'adjust'
          ? Math.abs(request.delta)
          : 0;
    const known = movements.get(request.key) ?? response.movementId;
    movements.set(request.key, response.movementId);
    return [
      ...(response.quantity === units ? [] : [`another quantity: ${describeOperation(recorded)}`]),
      ...(known === response.movementId
        ? []
        : [`a repeat with another movement: ${describeOperation(recorded)}`]),
    ];
  });
}

/** One recorded operation, with the facts of the whole history about it. */
class OperationContext {
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

  /** Returns the times that a function may have read, one for each set of expired holds. */
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
      until >= Math.max(this.#slotAfter(this.#low, holdSeconds), endsNow) &&
      until <= Math.max(this.#slotAfter(this.#high, holdSeconds), endsNow)
    );
  }

  /**
   * Returns the possible ends of a hold whose request has an unknown outcome: the observed ones,
   * and the first buckets.
   */
  possibleExpiries(id: string, holdSeconds: number, endsNow = 0): readonly Time[] {
    const first = this.#slotAfter(this.#low, holdSeconds);
    const slots = Array.from(
      { length: LATE_BUCKETS_MAX },
      (_, late) => first + late * this.history.bucketMilliseconds,
    );
    const seen = this.#known.observedExpiries.get(id) ?? [];
    const ends = [...slots, ...seen.filter((until) => until >= first)];
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

  #slotAfter(time: Time, holdSeconds: number): Time {
    const { bucketMilliseconds } = this.history;
    return Math.ceil((time + holdSeconds * 1_000) / bucketMilliseconds) * bucketMilliseconds;
  }
}

function toOperations(reading: OperationContext, index: number): Operation<Inventory>[] {
  const { recorded, history } = reading;
  const { call, request, response } = recorded;
  const isRead = request.kind === 'read stock' || request.kind === 'read reservation';
  if (reading.isUnknown && isRead) return [];
  const name = describeOperation(recorded);
  const end = reading.isUnknown ? NEVER : recorded.end;
  if (!history.isOneCell && isSumOfCells(recorded)) return toWindowOperations(reading, index);
  return [{ name, call, end, step: stepOf(reading, request) }];

  function stepOf(of: OperationContext, asked: Request): Step {
    switch (asked.kind) {
      case 'receive':
        return enterStep(of, asked.key, asked.quantity);
      case 'adjust':
        return enterStep(of, asked.key, asked.delta);
      case 'reserve':
        return reserveStep(of, asked);
      case 'extend':
        return extendStep(of, asked);
      case 'release':
        return releaseStep(of, asked.id);
      case 'commit':
        return commitStep(of, asked.id);
      case 'read reservation':
        return (state) => onlyIf(state, matchesResponse(of, state.reservations.get(asked.id)));
      case 'read stock':
        return (state) =>
          onlyIf(
            state,
            response.kind === 'stock' &&
              of
                .possibleTimesIn(state)
                .some((now) => matchesStock(balanceOf(state), now, response.stock)),
          );
    }
  }
}

/**
 * True for a read of the stock, and for a rejection as insufficient: each uses a sum over all
 * cells.
 */
const isSumOfCells = ({ request, response }: RecordedOperation): boolean =>
  request.kind === 'read stock' ||
  (response.kind === 'rejected' &&
    (response.code === 'INSUFFICIENT_STOCK' ||
      (request.kind === 'extend' && response.code === 'RESERVATION_EXPIRED')));

/**
 * The only exception to linearizability: a sum over several cells may read each of them at a
 * different moment. So it is not one operation but two moments, its call and its return. Everything
 * linearized before the call is in the sum. Each part of what was linearized between the two may be
 * in it or not.
 */
function toWindowOperations(reading: OperationContext, index: number): Operation<Inventory>[] {
  const { call, end } = reading.recorded;
  const name = describeOperation(reading.recorded);
  return [
    {
      name: `begins: ${name}`,
      call,
      end: call,
      isMoment: true,
      step: (state) => onlyIf(withWindow(state, index), mayReject(reading, state)),
    },
    {
      name,
      call: end,
      end,
      isMoment: true,
      step: (state) =>
        onlyIf(withoutWindow(state, index), isWindowConsistent(reading, state, index)),
    },
  ];
}

/** A request that has taken effect is no longer rejected: its repeat returns the first response. */
function mayReject(
  { recorded: { request } }: OperationContext,
  { keys, reservations }: Inventory,
): boolean {
  if (request.kind === 'reserve') return !reservations.has(request.id);
  return request.kind !== 'adjust' || !keys.has(request.key);
}

function isWindowConsistent(
  reading: OperationContext,
  { windows, reservations }: Inventory,
  index: number,
): boolean {
  const { request, response } = reading.recorded;
  const window = windows.get(index);
  if (window === undefined) return false;
  const times = reading.possibleTimesOfWindow(window);
  if (response.kind === 'stock')
    return times.some((now) => mayShowStock(window, now, response.stock));
  if (request.kind === 'reserve')
    return times.some((now) => mayBeInsufficient(window, now, request.quantity));
  if (request.kind === 'adjust')
    return times.some((now) => mayBeInsufficient(window, now, -request.delta));
  if (request.kind !== 'extend') return false;
  const reservation = reservations.get(request.id);
  if (reservation === undefined) return false;
  if (reservation.status === 'RELEASED' || reservation.status === 'EXPIRED') return true;
  return times.some(
    (now) => isExpired(reservation, now) && mayBeInsufficient(window, now, reservation.quantity),
  );
}

const onlyIf = (state: Inventory, isPossible: boolean): readonly Inventory[] =>
  isPossible ? [state] : [];

const isRejectedWith = ({ recorded: { response } }: OperationContext, code: string): boolean =>
  response.kind === 'rejected' && response.code === code;

/** True for a rejection that names the available units. It is exact for a SKU of one cell. */
const isExactRejection = (
  reading: OperationContext,
  state: Inventory,
  quantity: number,
): boolean => {
  const { response } = reading.recorded;
  return (
    response.kind === 'rejected' &&
    response.code === 'INSUFFICIENT_STOCK' &&
    reading.possibleTimesIn(state).some((now) => {
      const available = availableAt(state, now);
      return available < quantity && available === response.available;
    })
  );
};

const enterStep =
  (reading: OperationContext, key: string, delta: number): Step =>
  (state) => {
    const { response } = reading.recorded;
    if (state.keys.has(key))
      return onlyIf(state, response.kind === 'stockEntered' || reading.isUnknown);
    const hasEnough =
      delta >= 0 || reading.possibleTimesIn(state).some((now) => availableAt(state, now) >= -delta);
    const keys = reading.isRepeated(key) ? new Set([...state.keys, key]) : state.keys;
    const entered = onlyIf(
      withChange(state, { ...state, units: state.units + delta, keys }),
      hasEnough,
    );
    if (reading.isUnknown) return [state, ...entered];
    return response.kind === 'stockEntered'
      ? entered
      : onlyIf(state, isExactRejection(reading, state, -delta));
  };

const NO_EXTENSIONS: Reservation['extensions'] = new Map();

const reserveStep =
  (
    reading: OperationContext,
    { id, quantity, holdSeconds }: Request & { readonly kind: 'reserve' },
  ): Step =>
  (state) => {
    const { response } = reading.recorded;
    const existing = state.reservations.get(id);
    if (existing !== undefined) {
      if (reading.isUnknown) return [state];
      return onlyIf(
        state,
        existing.until === undefined
          ? isRejectedWith(reading, 'RESERVATION_RELEASED')
          : matchesResponse(reading, existing),
      );
    }
    const hasEnough = reading
      .possibleTimesIn(state)
      .some((now) => availableAt(state, now) >= quantity);
    const heldUntil = (until: Time): readonly Inventory[] =>
      onlyIf(
        withChange(
          state,
          withReservation(state, id, {
            status: 'HELD',
            quantity,
            until,
            extensions: NO_EXTENSIONS,
          }),
          reading.partsOf(id),
        ),
        hasEnough,
      );
    if (reading.isUnknown)
      return [state, ...reading.possibleExpiries(id, holdSeconds).flatMap(heldUntil)];
    if (response.kind !== 'reservation')
      return onlyIf(state, isExactRejection(reading, state, quantity));
    const { until, status } = response.reservation;
    const isAsAsked =
      until !== undefined &&
      status === 'HELD' &&
      response.reservation.quantity === quantity &&
      reading.mayExpireAt(until, holdSeconds);
    return isAsAsked ? heldUntil(until) : [];
  };

/** Holds the same units for longer; after the expiry only if there are enough. */
const extendStep =
  (
    reading: OperationContext,
    { id, key, holdSeconds }: Request & { readonly kind: 'extend' },
  ): Step =>
  (state) => {
    const { response } = reading.recorded;
    const before = state.reservations.get(id);
    if (reading.isUnknown && before?.status !== 'HELD') return [state];
    if (before === undefined) return onlyIf(state, isRejectedWith(reading, 'NOT_FOUND'));
    const earlier = before.extensions.get(key);
    if (earlier !== undefined)
      return onlyIf(
        state,
        reading.isUnknown || matchesResponse(reading, { ...before, until: earlier }),
      );
    if (before.status === 'COMMITTED')
      return onlyIf(state, isRejectedWith(reading, 'RESERVATION_NOT_HELD'));
    if (before.status !== 'HELD' || before.until === undefined)
      return onlyIf(state, isRejectedWith(reading, 'RESERVATION_EXPIRED'));

    if (isRejectedWith(reading, 'EXTENSION_LIMIT'))
      return onlyIf(state, before.extensions.size >= EXTENSIONS_MAX);

    const { until: ends } = before;
    const isHeldAgain = reading.possibleTimesIn(state).some((now) => hasUnits(state, before, now));
    const isTooLate = reading
      .possibleTimesIn(state)
      .some((now) => isExpired(before, now) && availableAt(state, now) < before.quantity);
    const heldUntil = (until: Time): readonly Inventory[] =>
      onlyIf(
        withChange(
          state,
          withReservation(state, id, {
            ...before,
            until,
            extensions: new Map([...before.extensions, [key, until]]),
          }),
          reading.partsOf(id),
        ),
        isHeldAgain,
      );
    if (reading.isUnknown)
      return [state, ...reading.possibleExpiries(id, holdSeconds, ends).flatMap(heldUntil)];
    if (response.kind !== 'reservation')
      return onlyIf(state, isTooLate && isRejectedWith(reading, 'RESERVATION_EXPIRED'));
    const { status, until, quantity } = response.reservation;
    const isAsAsked =
      status === 'HELD' &&
      quantity === before.quantity &&
      until !== undefined &&
      reading.mayExpireAt(until, holdSeconds, ends);
    return isAsAsked ? heldUntil(until) : [];
  };

/**
 * Returns true if the units of a held reservation still exist: in its hold, or in the available
 * units.
 */
const hasUnits = (state: Inventory, reservation: Reservation, now: Time): boolean =>
  availableAt(state, now) >= (isExpired(reservation, now) ? reservation.quantity : 0);

const releaseStep =
  (reading: OperationContext, id: string): Step =>
  (state) => {
    const { response } = reading.recorded;
    const before = state.reservations.get(id);
    const released: Reservation =
      before === undefined
        ? { status: 'RELEASED', quantity: 0, until: undefined, extensions: NO_EXTENSIONS }
        : before.status === 'EXPIRED'
          ? before
          : { ...before, status: 'RELEASED' };
    const after =
      before?.status === released.status
        ? state
        : withChange(state, withReservation(state, id, released), reading.partsOf(id));
    if (reading.isUnknown) return [state, after];
    return onlyIf(after, response.kind === 'reservation' && matchesResponse(reading, released));
  };

/**
 * Commits without a clock: takes the held units, or available ones if others took these. Its
 * outcome is read later.
 */
const commitStep =
  (reading: OperationContext, id: string): Step =>
  (state) => {
    const before = state.reservations.get(id);
    const unchanged = reading.isUnknown ? [state] : [];
    if (before !== undefined && before.status !== 'HELD') return [state];
    if (before === undefined) {
      const mark = {
        status: 'EXPIRED',
        quantity: 0,
        until: undefined,
        extensions: NO_EXTENSIONS,
      } as const;
      return [...unchanged, withReservation(state, id, mark)];
    }
    const times = reading.possibleTimesIn(state);
    const as = (status: 'COMMITTED' | 'EXPIRED'): Inventory =>
      withChange(state, withReservation(state, id, { ...before, status }), reading.partsOf(id));
    const isShort = times.some(
      (now) =>
        isExpired(before, now) &&
        (!reading.history.isOneCell || availableAt(state, now) < before.quantity),
    );
    return [
      ...unchanged,
      ...onlyIf(
        as('COMMITTED'),
        times.some((now) => hasUnits(state, before, now)),
      ),
      ...onlyIf(as('EXPIRED'), isShort),
    ];
  };

function matchesResponse(reading: OperationContext, reservation: Reservation | undefined): boolean {
  const { response } = reading.recorded;
  if (reservation === undefined) return isRejectedWith(reading, 'NOT_FOUND');
  if (response.kind !== 'reservation') return false;
  const times = reading.possibleTimesOf(reservation);
  return times.some((now) => matchesReservation(reservation, now, response.reservation));
}
