import { EXTENSIONS_MAX } from '../../../lambdas/inventory/domain/reservations/extend.ts';
import type { Request, Time } from '../history.ts';
import {
  availableAt,
  type Inventory,
  isExpired,
  type Reservation,
  withChange,
  withReservation,
} from './inventory-model.ts';
import type { OperationContext } from './operation-context.ts';
import {
  hasUnits,
  isExactRejection,
  isRejectedWith,
  matchesResponse,
  onlyIf,
  type Step,
} from './step-rules.ts';

const NO_EXTENSIONS: Reservation['extensions'] = new Map();

/** Returns the step of a reservation or of its repeat. */
export const reserveStep =
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
    const isAsRequested =
      until !== undefined &&
      status === 'HELD' &&
      response.reservation.quantity === quantity &&
      reading.mayExpireAt(until, holdSeconds);
    return isAsRequested ? heldUntil(until) : [];
  };

/** Returns the step of an extension. After the expiry, it needs enough available units. */
export const extendStep =
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
    const isAsRequested =
      status === 'HELD' &&
      quantity === before.quantity &&
      until !== undefined &&
      reading.mayExpireAt(until, holdSeconds, ends);
    return isAsRequested ? heldUntil(until) : [];
  };

/** Returns the step of a release. Releasing an unknown id creates a tombstone. */
export const releaseStep =
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
 * Returns the step of a commit, which takes the held units or available ones instead. Only a later
 * read shows its outcome.
 */
export const commitStep =
  (reading: OperationContext, id: string): Step =>
  (state) => {
    const before = state.reservations.get(id);
    const unchanged = reading.isUnknown ? [state] : [];
    if (before !== undefined && before.status !== 'HELD') return [state];
    if (before === undefined) {
      const tombstone = {
        status: 'EXPIRED',
        quantity: 0,
        until: undefined,
        extensions: NO_EXTENSIONS,
      } as const;
      return [...unchanged, withReservation(state, id, tombstone)];
    }
    const times = reading.possibleTimesIn(state);
    const withStatus = (status: 'COMMITTED' | 'EXPIRED'): Inventory =>
      withChange(state, withReservation(state, id, { ...before, status }), reading.partsOf(id));
    const isInsufficient = times.some(
      (now) =>
        isExpired(before, now) &&
        (!reading.history.isOneCell || availableAt(state, now) < before.quantity),
    );
    return [
      ...unchanged,
      ...onlyIf(
        withStatus('COMMITTED'),
        times.some((now) => hasUnits(state, before, now)),
      ),
      ...onlyIf(withStatus('EXPIRED'), isInsufficient),
    ];
  };
