import { EXTENSIONS_MAX } from '../../lambdas/inventory/domain/reservations/extend.ts';
import { check, NEVER, type Operation, type Verdict } from './checker.ts';
import { type History, type Recorded, type Request, type Time, toLine } from './history.ts';
import {
  availableAt,
  type Balance,
  balanceOf,
  changed,
  type Inventory,
  inventoryOf,
  isExpired,
  mayBeShort,
  mayShowStock,
  type Reservation,
  reads,
  showsStock,
  type Window,
  withoutWindow,
  withReservation,
  withWindow,
} from './inventory-model.ts';

/** The recorder's clock and the functions' clock are one, read with different precision. */
const CLOCK_MILLISECONDS = 3;
/** An unknown reservation was made at most so many slots after its request. */
const LATE_SLOTS_MAX = 3;

type Step = Operation<Inventory>['step'];

/** Checks a history of one SKU against the sequential inventory. */
export function checkHistory(history: History): Verdict {
  const known = knownOf(history);
  const operations = history.operations.flatMap((recorded, index) =>
    operationsOf(new Reading(history, recorded, known), index),
  );
  return check(operations, inventoryOf(history.units));
}

/** What the whole history says of its keys and reservations. */
type Known = {
  readonly keysSentOften: ReadonlySet<string>;
  /** Every moment at which a response said that the hold ends, by reservation. */
  readonly endsSeen: ReadonlyMap<string, readonly Time[]>;
};

function knownOf({ operations }: History): Known {
  const sent = new Set<string>();
  const keysSentOften = new Set<string>();
  const endsSeen = new Map<string, Time[]>();
  for (const { request, response } of operations) {
    if ('key' in request) (sent.has(request.key) ? keysSentOften : sent).add(request.key);
    if (
      !('id' in request) ||
      response.kind !== 'reservation' ||
      response.reservation.until === undefined
    )
      continue;
    endsSeen.set(request.id, [...(endsSeen.get(request.id) ?? []), response.reservation.until]);
  }
  return { keysSentOften, endsSeen };
}

/** What no order of operations can make right: times, echoes and repeats that contradict the request. */
export function contradictionsIn({ operations }: History): string[] {
  const movements = new Map<string, string>();
  return operations.flatMap((recorded) => {
    const { call, return: end, request, response } = recorded;
    if (response.kind === 'stock') {
      const { asOf } = response.stock;
      return asOf < call - CLOCK_MILLISECONDS || asOf > end + CLOCK_MILLISECONDS
        ? [`read at another time: ${toLine(recorded)}`]
        : [];
    }
    if (response.kind !== 'entered' || !('key' in request)) return [];
    const units =
      request.kind === 'receive'
        ? request.quantity
        : request.kind === 'adjust'
          ? Math.abs(request.delta)
          : 0;
    const known = movements.get(request.key) ?? response.movementId;
    movements.set(request.key, response.movementId);
    return [
      ...(response.quantity === units ? [] : [`another quantity: ${toLine(recorded)}`]),
      ...(known === response.movementId
        ? []
        : [`a repeat with another movement: ${toLine(recorded)}`]),
    ];
  });
}

/** One recorded operation, and what the whole history says of it. */
class Reading {
  readonly recorded: Recorded;
  readonly history: History;
  readonly #known: Known;
  readonly #low: Time;
  readonly #high: Time;

  constructor(history: History, recorded: Recorded, known: Known) {
    this.history = history;
    this.recorded = recorded;
    this.#known = known;
    this.#low = recorded.call - CLOCK_MILLISECONDS;
    this.#high = this.isUnknown ? NEVER : recorded.return + CLOCK_MILLISECONDS;
  }

  get isUnknown(): boolean {
    return this.recorded.response.kind === 'unknown';
  }

  /** The times that a function may have read, of which no two differ in what has expired. */
  times({ held }: Balance): readonly Time[] {
    return [this.#low, ...[...held.keys()].filter((until) => this.#isWithin(until))];
  }

  timesOfWindow({ base, parts }: Window): readonly Time[] {
    return [...new Set([base, ...parts].flatMap((balance) => this.times(balance)))];
  }

  timesIn(inventory: Inventory): readonly Time[] {
    return this.times(balanceOf(inventory));
  }

  timesOf({ until }: Reservation): readonly Time[] {
    return until !== undefined && this.#isWithin(until) ? [this.#low, until] : [this.#low];
  }

  /** True where a hold of so many seconds, that was to end at `endsNow` before, may end at `until`. */
  mayEndAt(until: Time, holdSeconds: number, endsNow = 0): boolean {
    return (
      until >= Math.max(this.#slotAfter(this.#low, holdSeconds), endsNow) &&
      until <= Math.max(this.#slotAfter(this.#high, holdSeconds), endsNow)
    );
  }

  /** When a hold may end whose request has an unknown outcome: what was seen of it, and the first slots. */
  endsOf(id: string, holdSeconds: number, endsNow = 0): readonly Time[] {
    const first = this.#slotAfter(this.#low, holdSeconds);
    const slots = Array.from(
      { length: LATE_SLOTS_MAX },
      (_, late) => first + late * this.history.slotMilliseconds,
    );
    const seen = this.#known.endsSeen.get(id) ?? [];
    const ends = [...slots, ...seen.filter((until) => until >= first)];
    return [...new Set(ends.map((until) => Math.max(until, endsNow)))];
  }

  partsOf(id: string): readonly number[] {
    return this.history.parts.get(id) ?? [];
  }

  isSentOften(key: string): boolean {
    return this.#known.keysSentOften.has(key);
  }

  #isWithin(time: Time): boolean {
    return time > this.#low && time <= this.#high;
  }

  #slotAfter(time: Time, holdSeconds: number): Time {
    const { slotMilliseconds } = this.history;
    return Math.ceil((time + holdSeconds * 1_000) / slotMilliseconds) * slotMilliseconds;
  }
}

function operationsOf(reading: Reading, index: number): Operation<Inventory>[] {
  const { recorded, history } = reading;
  const { call, request, response } = recorded;
  const isRead = request.kind === 'read stock' || request.kind === 'read reservation';
  if (reading.isUnknown && isRead) return [];
  const name = toLine(recorded);
  const end = reading.isUnknown ? NEVER : recorded.return;
  if (!history.isOneCell && isSumOfCells(recorded)) return windowOf(reading, index);
  return [{ name, call, return: end, step: stepOf(reading, request) }];

  function stepOf(of: Reading, asked: Request): Step {
    switch (asked.kind) {
      case 'receive':
        return enter(of, asked.key, asked.quantity);
      case 'adjust':
        return enter(of, asked.key, asked.delta);
      case 'reserve':
        return reserve(of, asked);
      case 'extend':
        return extend(of, asked);
      case 'release':
        return release(of, asked.id);
      case 'commit':
        return commit(of, asked.id);
      case 'read reservation':
        return (state) => when(state, readsReservation(of, state.reservations.get(asked.id)));
      case 'read stock':
        return (state) =>
          when(
            state,
            response.kind === 'stock' &&
              of.timesIn(state).some((now) => showsStock(balanceOf(state), now, response.stock)),
          );
    }
  }
}

/** A read of the stock, and a rejection for want of units: each rests on a sum over all cells. */
const isSumOfCells = ({ request, response }: Recorded): boolean =>
  request.kind === 'read stock' ||
  (response.kind === 'rejected' &&
    (response.code === 'INSUFFICIENT_STOCK' ||
      (request.kind === 'extend' && response.code === 'RESERVATION_EXPIRED')));

/**
 * The only exception to linearizability: a sum over several cells may read each of them at a moment of its own. So it is not one operation
 * but two moments, its call and its return. What was linearized before the call is in the sum. Each part of what was linearized between the
 * two is in it or not.
 */
function windowOf(reading: Reading, index: number): Operation<Inventory>[] {
  const { call, return: end } = reading.recorded;
  const name = toLine(reading.recorded);
  return [
    {
      name: `begins: ${name}`,
      call,
      return: call,
      isMoment: true,
      step: (state) => when(withWindow(state, index), mayReject(reading, state)),
    },
    {
      name,
      call: end,
      return: end,
      isMoment: true,
      step: (state) => when(withoutWindow(state, index), isExplained(reading, state, index)),
    },
  ];
}

/** A request that has taken effect is not rejected any more: its repeat returns the first answer. */
function mayReject({ recorded: { request } }: Reading, { keys, reservations }: Inventory): boolean {
  if (request.kind === 'reserve') return !reservations.has(request.id);
  return request.kind !== 'adjust' || !keys.has(request.key);
}

function isExplained(
  reading: Reading,
  { windows, reservations }: Inventory,
  index: number,
): boolean {
  const { request, response } = reading.recorded;
  const window = windows.get(index);
  if (window === undefined) return false;
  const times = reading.timesOfWindow(window);
  if (response.kind === 'stock')
    return times.some((now) => mayShowStock(window, now, response.stock));
  if (request.kind === 'reserve')
    return times.some((now) => mayBeShort(window, now, request.quantity));
  if (request.kind === 'adjust')
    return times.some((now) => mayBeShort(window, now, -request.delta));
  if (request.kind !== 'extend') return false;
  const reservation = reservations.get(request.id);
  if (reservation === undefined) return false;
  if (reservation.status === 'RELEASED' || reservation.status === 'EXPIRED') return true;
  return times.some(
    (now) => isExpired(reservation, now) && mayBeShort(window, now, reservation.quantity),
  );
}

const when = (state: Inventory, isPossible: boolean): readonly Inventory[] =>
  isPossible ? [state] : [];

const isRejectedAs = ({ recorded: { response } }: Reading, code: string): boolean =>
  response.kind === 'rejected' && response.code === code;

/** A rejection that names how many units there were. It is exact for a SKU of one cell. */
const rejectsAt = (reading: Reading, state: Inventory, quantity: number): boolean => {
  const { response } = reading.recorded;
  return (
    response.kind === 'rejected' &&
    response.code === 'INSUFFICIENT_STOCK' &&
    reading.timesIn(state).some((now) => {
      const available = availableAt(state, now);
      return available < quantity && available === response.available;
    })
  );
};

const enter =
  (reading: Reading, key: string, delta: number): Step =>
  (state) => {
    const { response } = reading.recorded;
    if (state.keys.has(key)) return when(state, response.kind === 'entered' || reading.isUnknown);
    const hasEnough =
      delta >= 0 || reading.timesIn(state).some((now) => availableAt(state, now) >= -delta);
    const keys = reading.isSentOften(key) ? new Set([...state.keys, key]) : state.keys;
    const entered = when(changed(state, { ...state, units: state.units + delta, keys }), hasEnough);
    if (reading.isUnknown) return [state, ...entered];
    return response.kind === 'entered' ? entered : when(state, rejectsAt(reading, state, -delta));
  };

const NO_EXTENSIONS: Reservation['extensions'] = new Map();

const reserve =
  (reading: Reading, { id, quantity, holdSeconds }: Request & { readonly kind: 'reserve' }): Step =>
  (state) => {
    const { response } = reading.recorded;
    const existing = state.reservations.get(id);
    if (existing !== undefined) {
      if (reading.isUnknown) return [state];
      return when(
        state,
        existing.until === undefined
          ? isRejectedAs(reading, 'RESERVATION_RELEASED')
          : readsReservation(reading, existing),
      );
    }
    const hasEnough = reading.timesIn(state).some((now) => availableAt(state, now) >= quantity);
    const heldUntil = (until: Time): readonly Inventory[] =>
      when(
        changed(
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
    if (reading.isUnknown) return [state, ...reading.endsOf(id, holdSeconds).flatMap(heldUntil)];
    if (response.kind !== 'reservation') return when(state, rejectsAt(reading, state, quantity));
    const { until, status } = response.reservation;
    const isAsAsked =
      until !== undefined &&
      status === 'HELD' &&
      response.reservation.quantity === quantity &&
      reading.mayEndAt(until, holdSeconds);
    return isAsAsked ? heldUntil(until) : [];
  };

/** The same units, held for longer; where the hold has expired, while there are enough. */
const extend =
  (reading: Reading, { id, key, holdSeconds }: Request & { readonly kind: 'extend' }): Step =>
  (state) => {
    const { response } = reading.recorded;
    const before = state.reservations.get(id);
    if (reading.isUnknown && before?.status !== 'HELD') return [state];
    if (before === undefined) return when(state, isRejectedAs(reading, 'NOT_FOUND'));
    const earlier = before.extensions.get(key);
    if (earlier !== undefined)
      return when(
        state,
        reading.isUnknown || readsReservation(reading, { ...before, until: earlier }),
      );
    if (before.status === 'COMMITTED')
      return when(state, isRejectedAs(reading, 'RESERVATION_NOT_HELD'));
    if (before.status !== 'HELD' || before.until === undefined)
      return when(state, isRejectedAs(reading, 'RESERVATION_EXPIRED'));

    if (isRejectedAs(reading, 'EXTENSION_LIMIT'))
      return when(state, before.extensions.size >= EXTENSIONS_MAX);

    const { until: ends } = before;
    const isHeldAgain = reading.timesIn(state).some((now) => hasUnits(state, before, now));
    const isTooLate = reading
      .timesIn(state)
      .some((now) => isExpired(before, now) && availableAt(state, now) < before.quantity);
    const heldUntil = (until: Time): readonly Inventory[] =>
      when(
        changed(
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
      return [state, ...reading.endsOf(id, holdSeconds, ends).flatMap(heldUntil)];
    if (response.kind !== 'reservation')
      return when(state, isTooLate && isRejectedAs(reading, 'RESERVATION_EXPIRED'));
    const { status, until, quantity } = response.reservation;
    const isAsAsked =
      status === 'HELD' &&
      quantity === before.quantity &&
      until !== undefined &&
      reading.mayEndAt(until, holdSeconds, ends);
    return isAsAsked ? heldUntil(until) : [];
  };

/** True where the units of a held reservation are still there: in its hold, or in what is available. */
const hasUnits = (state: Inventory, reservation: Reservation, now: Time): boolean =>
  availableAt(state, now) >= (isExpired(reservation, now) ? reservation.quantity : 0);

const release =
  (reading: Reading, id: string): Step =>
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
        : changed(state, withReservation(state, id, released), reading.partsOf(id));
    if (reading.isUnknown) return [state, after];
    return when(after, response.kind === 'reservation' && readsReservation(reading, released));
  };

/** A commit looks at no clock: it takes the held units, or available ones where others took these. Its outcome is read later. */
const commit =
  (reading: Reading, id: string): Step =>
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
    const times = reading.timesIn(state);
    const as = (status: 'COMMITTED' | 'EXPIRED'): Inventory =>
      changed(state, withReservation(state, id, { ...before, status }), reading.partsOf(id));
    const isShort = times.some(
      (now) =>
        isExpired(before, now) &&
        (!reading.history.isOneCell || availableAt(state, now) < before.quantity),
    );
    return [
      ...unchanged,
      ...when(
        as('COMMITTED'),
        times.some((now) => hasUnits(state, before, now)),
      ),
      ...when(as('EXPIRED'), isShort),
    ];
  };

function readsReservation(reading: Reading, reservation: Reservation | undefined): boolean {
  const { response } = reading.recorded;
  if (reservation === undefined) return isRejectedAs(reading, 'NOT_FOUND');
  if (response.kind !== 'reservation') return false;
  const times = reading.timesOf(reservation);
  return times.some((now) => reads(reservation, now, response.reservation));
}
