import { describe, expect, test } from 'vitest';
import {
  type BookRecord,
  eventsOf,
} from '../../../../../lambdas/inventory/domain/ledger/events.ts';
import type { Reservation } from '../../../../../lambdas/inventory/domain/ledger/reservation.ts';
import { aReservation, NOON_BUCKET } from '../../../../support/inventory.ts';
import { AT, parseAsConsumer } from './parse-as-consumer.ts';

const reservationRecord = (reservation: Reservation): BookRecord => ({
  type: 'reservation',
  reservation,
});

const part = (quantity: number, shipped: number, released: number, locationId = 'main') => ({
  sku: 'tea',
  locationId,
  shard: 0,
  quantity,
  shipped,
  released,
});
const units = (quantity: number) => ({ sku: 'tea', locationId: 'main', quantity });

describe('reservations', () => {
  const head = (type: string, version: number) => ({
    eventId: `reservation/res-1/${version}/${type}`,
    version: 1,
    occurredAt: AT,
    correlationId: 'corr-0',
  });
  const lines = [{ sku: 'tea', locationId: 'main', quantity: 3 }];
  const held = aReservation({ orderId: 'ord-1' });
  const step = (overrides: Partial<Reservation>) =>
    eventsOf(reservationRecord(held), reservationRecord({ ...held, version: 2, ...overrides }));

  test('a new one is StockReserved, with its expiry', () => {
    const events = eventsOf(undefined, reservationRecord(held));

    expect(events).toEqual([
      {
        type: 'StockReserved',
        detail: {
          ...head('StockReserved', 1),
          data: {
            reservationId: 'res-1',
            orderId: 'ord-1',
            lines,
            expiresAt: '2026-01-01T12:10:00.000Z',
          },
        },
      },
    ]);
    expect(parseAsConsumer(events)).toEqual(events);
  });

  test('a released one is StockReleased', () => {
    const events = step({ status: 'RELEASED' });

    expect(events).toEqual([
      {
        type: 'StockReleased',
        detail: {
          ...head('StockReleased', 2),
          data: { reservationId: 'res-1', orderId: 'ord-1', lines },
        },
      },
    ]);
    expect(parseAsConsumer(events)).toEqual(events);
  });

  test.each<[string, Partial<Reservation>, readonly object[]]>([
    ['a part that was released', { status: 'COMMITTED', lines: [part(5, 1, 3)] }, [units(2)]],
    [
      'the last part, after a shipment',
      { status: 'FULFILLED', lines: [part(5, 1, 4)] },
      [units(3)],
    ],
    ['all of a commit', { status: 'RELEASED', lines: [part(5, 0, 5)] }, [units(4)]],
    [
      'parts of two lines',
      { status: 'COMMITTED', lines: [part(5, 1, 3), part(2, 0, 1, 'annex')] },
      [units(2), { ...units(1), locationId: 'annex' }],
    ],
  ])('%s of a committed one is StockReleased, with its units', (_case, changes, expected) => {
    const committed: Partial<Reservation> = {
      status: 'COMMITTED',
      lines: [part(5, 1, 1), part(2, 0, 0, 'annex')].slice(0, changes.lines?.length),
    };
    const before = { ...held, ...committed };

    const events = eventsOf(
      reservationRecord(before),
      reservationRecord({ ...before, ...changes, version: 2 }),
    );

    expect(events).toEqual([
      {
        type: 'StockReleased',
        detail: {
          ...head('StockReleased', 2),
          data: { reservationId: 'res-1', orderId: 'ord-1', lines: expected },
        },
      },
    ]);
    expect(parseAsConsumer(events)).toEqual(events);
  });

  test('a part that was shipped is no event of the reservation', () => {
    const before: Reservation = { ...held, status: 'COMMITTED', lines: [part(5, 1, 1)] };

    expect(
      eventsOf(
        reservationRecord(before),
        reservationRecord({ ...before, version: 2, lines: [part(5, 2, 1)] }),
      ),
    ).toEqual([]);
  });

  test('one of a service names it', () => {
    const owner = 'service:000000000000/role/shop';
    const before: Reservation = { ...held, owner };
    const after: Reservation = { ...before, status: 'COMMITTED', version: 2 };

    const events = eventsOf(reservationRecord(before), reservationRecord(after));

    expect(events).toMatchObject([{ type: 'StockCommitted', detail: { data: { owner } } }]);
    expect(parseAsConsumer(events)).toEqual(events);
  });

  test('a committed one is StockCommitted', () => {
    const events = step({ status: 'COMMITTED' });

    expect(events).toEqual([
      {
        type: 'StockCommitted',
        detail: {
          ...head('StockCommitted', 2),
          data: { reservationId: 'res-1', orderId: 'ord-1' },
        },
      },
    ]);
    expect(parseAsConsumer(events)).toEqual(events);
  });

  test('one whose commit failed is StockCommitFailed, with the shortages', () => {
    const shortages = [{ sku: 'tea', requested: 3, available: 2 }];

    const events = step({
      status: 'EXPIRED',
      commitFailure: { code: 'RESERVATION_EXPIRED', shortages },
    });

    expect(events).toEqual([
      {
        type: 'StockCommitFailed',
        detail: {
          ...head('StockCommitFailed', 2),
          data: {
            reservationId: 'res-1',
            orderId: 'ord-1',
            code: 'RESERVATION_EXPIRED',
            shortages,
          },
        },
      },
    ]);
    expect(parseAsConsumer(events)).toEqual(events);
  });

  test('the tombstone of a commit without a reservation is StockCommitFailed', () => {
    const { heldUntil: _none, ...tombstone } = aReservation({
      status: 'EXPIRED',
      lines: [],
      commitFailure: { code: 'RESERVATION_UNKNOWN', shortages: [] },
    });

    const events = eventsOf(undefined, reservationRecord(tombstone));

    expect(events.map(({ type, detail }) => [type, detail.eventId])).toEqual([
      ['StockCommitFailed', 'reservation/res-1/1/StockCommitFailed'],
    ]);
    expect(parseAsConsumer(events)).toEqual(events);
  });

  test('a commit that is rejected after the release is StockCommitFailed, although the status stays', () => {
    const released = { ...held, status: 'RELEASED' as const, version: 2 };
    const withCommitFailure: Reservation = {
      ...released,
      version: 3,
      commitFailure: { code: 'RESERVATION_RELEASED', shortages: [] },
    };

    const first = eventsOf(reservationRecord(released), reservationRecord(withCommitFailure));
    const later = eventsOf(
      reservationRecord(withCommitFailure),
      reservationRecord({ ...withCommitFailure, version: 4 }),
    );

    expect(first.map(({ type }) => type)).toEqual(['StockCommitFailed']);
    expect(later).toEqual([]);
  });

  test('an extension, a shipment and the tombstone of a release are no event', () => {
    const tombstone = aReservation({ status: 'RELEASED', lines: [] });

    expect(step({ heldUntil: NOON_BUCKET + 900 })).toEqual([]);
    expect(step({ status: 'FULFILLED' })).toEqual([]);
    expect(eventsOf(undefined, reservationRecord(tombstone))).toEqual([]);
  });

  test('one without an order is published without it', () => {
    const { orderId: _none, ...anonymous } = held;

    const events = eventsOf(undefined, reservationRecord(anonymous));

    expect(events[0]?.detail.data).not.toHaveProperty('orderId');
    expect(parseAsConsumer(events)).toEqual(events);
  });

  test('one that TTL deleted is no event', () => {
    expect(eventsOf(reservationRecord(held), undefined)).toEqual([]);
  });
});
