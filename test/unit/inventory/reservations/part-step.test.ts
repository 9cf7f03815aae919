import { describe, expect, test } from 'vitest';
import { mainCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { reject } from '../../../../lambdas/inventory/domain/ledger/decision.ts';
import {
  PART_STEPS_MAX,
  type Reservation,
  type ReservationLine,
  statusAfterParts,
} from '../../../../lambdas/inventory/domain/ledger/reservation.ts';
import {
  decidePartStep,
  type TakePartStep,
} from '../../../../lambdas/inventory/domain/reservations/part-step.ts';
import { decideRelease } from '../../../../lambdas/inventory/domain/reservations/release.ts';
import { decideShip } from '../../../../lambdas/inventory/domain/reservations/ship.ts';
import {
  aCell,
  aCellChange,
  aMovement,
  aReservation,
  changeOf,
  commitOf,
  context,
  NOON,
  reserveCommand,
  stateWith,
} from '../../../support/inventory.ts';
import { decideReserve } from '../../../support/reserve.ts';

const OWNER = 'service:shop/checkout';
const TEA = mainCellKey('tea');
const teaLine = (quantity: number, parts: Partial<ReservationLine> = {}) => ({
  ...TEA,
  quantity,
  ...parts,
});
const committed = (overrides: Partial<Reservation> = {}) =>
  aReservation({ status: 'COMMITTED', owner: OWNER, lines: [teaLine(5)], ...overrides });
const step = (overrides: Partial<TakePartStep> = {}): TakePartStep => ({
  ...context(),
  reservationId: 'res-1',
  stepId: 'parcel-1',
  kind: 'ship',
  fingerprint: 'print-1',
  owner: OWNER,
  lines: [{ sku: 'tea', locationId: 'main', quantity: 2 }],
  ...overrides,
});
const decide = (reservation: Reservation | undefined, command = step(), units = 100) =>
  decidePartStep(
    stateWith(
      (reservation?.lines ?? []).map(({ sku, locationId, shard }) =>
        aCell({ sku, locationId, shard, committed: units }),
      ),
      { reservation },
    ),
    command,
  );
const linesAfter = (reservation: Reservation, command = step()) =>
  commitOf(decide(reservation, command)).value.lines;

describe('a step', () => {
  test('ships units of a line, and remembers that it did', () => {
    const reservation = committed({ version: 2 });

    const { value, change } = commitOf(decide(reservation));

    const after = {
      ...reservation,
      lines: [teaLine(5, { shipped: 2 })],
      steps: [{ stepId: 'parcel-1', kind: 'ship', fingerprint: 'print-1', at: NOON }],
      version: 3,
      correlationId: 'corr-1',
    };
    expect(value).toEqual(after);
    expect(change).toEqual({
      operationId: 'res-1.ship.parcel-1',
      at: NOON,
      correlationId: 'corr-1',
      idempotencyRecord: { kind: 'reservation', after, expectedVersion: 2 },
      cells: [
        aCellChange({
          committed: -2,
          guard: { committedMin: 2 },
          movements: [
            aMovement({
              movementId: 'res-1.ship.parcel-1.1',
              kind: 'SHIPPED',
              quantity: 2,
              from: { account: 'committed' },
              to: { account: 'outside' },
              reservationId: 'res-1',
              orderId: 'res-1',
            }),
          ],
        }),
      ],
    });
  });

  test('releases units of a line into available', () => {
    const { value, change } = commitOf(decide(committed(), step({ kind: 'release' })));

    expect(value).toMatchObject({ status: 'COMMITTED', lines: [teaLine(5, { released: 2 })] });
    expect(change.cells).toMatchObject([
      { available: 2, committed: -2, movements: [{ kind: 'RELEASED', quantity: 2 }] },
    ]);
  });

  test.each([
    [4, 'COMMITTED'],
    [5, 'FULFILLED'],
  ])('that ships %i of 5 leaves the reservation %s', (quantity, status) => {
    const lines = [{ sku: 'tea', locationId: 'main', quantity }];

    expect(commitOf(decide(committed(), step({ lines }))).value.status).toBe(status);
  });

  test('rejects one unit more than is open, and takes nothing', () => {
    const reservation = committed({ lines: [teaLine(5, { shipped: 1, released: 1 })] });
    const lines = [{ sku: 'tea', locationId: 'main', quantity: 4 }];

    expect(decide(reservation, step({ lines }))).toMatchObject(
      reject({
        kind: 'nothingOpen',
        lines: [{ sku: 'tea', locationId: 'main', requested: 4, open: 3 }],
      }),
    );
  });

  test('takes a line from several cells of its location, in their order', () => {
    const reservation = committed({
      lines: [
        teaLine(2, { shipped: 1 }),
        { ...TEA, locationId: 'annex', quantity: 9 },
        { ...TEA, shard: 1, quantity: 4 },
      ],
    });
    const lines = [{ sku: 'tea', locationId: 'main', quantity: 3 }];

    expect(linesAfter(reservation, step({ lines })).map(({ shipped }) => shipped)).toEqual([
      2,
      undefined,
      2,
    ]);
  });

  test('adds up two requests for one line', () => {
    const line = { sku: 'tea', locationId: 'main', quantity: 2 };

    expect(linesAfter(committed(), step({ lines: [line, line] }))).toEqual([
      teaLine(5, { shipped: 4 }),
    ]);
  });

  test.each(['ship', 'release'] as const)('without lines takes all that is open: %s', (kind) => {
    const reservation = committed({ lines: [teaLine(5, { shipped: 2 }), teaLine(1)] });

    const { value } = commitOf(decide(reservation, step({ kind, lines: undefined })));

    expect(value.status).toBe('FULFILLED');
    expect(value.lines.map(({ shipped = 0, released = 0 }) => [shipped, released])).toEqual(
      kind === 'ship'
        ? [
            [5, 0],
            [1, 0],
          ]
        : [
            [2, 3],
            [0, 1],
          ],
    );
  });

  test('that is repeated takes nothing more, even if its units are gone', () => {
    const after = commitOf(decide(committed({ lines: [teaLine(2)] }))).value;

    expect(after.status).toBe('FULFILLED');
    expect(decide(after, step(), 0)).toEqual({ next: 'replay', value: after });
  });

  test.each<[string, Partial<TakePartStep>]>([
    ['another body', { fingerprint: 'print-2' }],
    ['another kind', { kind: 'release' }],
  ])('with a used id and %s is rejected', (_case, changes) => {
    const after = commitOf(decide(committed())).value;

    expect(decide(after, step(changes))).toEqual(reject({ kind: 'keyReused' }));
  });

  test.each<[string, Reservation]>([
    ['orders', committed({ owner: 'order' })],
    ['no named owner', aReservation({ status: 'COMMITTED', lines: [teaLine(5)] })],
    ['another service', committed({ owner: 'service:shop/returns' })],
    ['an inbound', committed({ owner: 'inbound' })],
  ])('on a reservation of %s is rejected', (_case, reservation) => {
    expect(decide(reservation)).toEqual(reject({ kind: 'notOwner' }));
  });

  test.each(['HELD', 'EXPIRED'] as const)('is rejected while it is %s', (status) => {
    expect(decide(committed({ status }))).toMatchObject(
      reject({ kind: 'notCommitted', reservationStatus: status }),
    );
  });

  test.each(['FULFILLED', 'RELEASED'] as const)('is rejected when it is %s', (status) => {
    expect(decide(committed({ status }))).toMatchObject(
      reject({
        kind: 'nothingOpen',
        lines: [{ sku: 'tea', locationId: 'main', requested: 2, open: 0 }],
      }),
    );
  });

  test('is rejected for an unknown reservation', () => {
    expect(decide(undefined)).toEqual(reject({ kind: 'notFound' }));
  });

  test.each([
    [PART_STEPS_MAX - 1, 'commit'],
    [PART_STEPS_MAX, 'reject'],
  ])('with lines, after %i steps: %s', (count, next) => {
    const steps = Array.from({ length: count }, (_, index) => ({
      stepId: `step-${index}`,
      kind: 'ship' as const,
      fingerprint: '',
      at: NOON,
    }));
    const reservation = committed({ lines: [teaLine(500)], steps });

    expect(decide(reservation).next).toBe(next);
    expect(decide(reservation, step({ lines: undefined }), 500).next).toBe('commit');
  });
});

describe('a reservation with parts', () => {
  const reservation = committed({
    owner: 'order',
    lines: [teaLine(5, { shipped: 2 }), teaLine(1, { released: 1 })],
  });
  const state = stateWith([aCell({ committed: 3 })], { reservation });

  test('is shipped: what is open leaves the shelf', () => {
    const { value, change } = commitOf(decideShip(state, { ...context(), reservationId: 'res-1' }));

    expect(value).toMatchObject({
      status: 'FULFILLED',
      lines: [teaLine(5, { shipped: 5 }), teaLine(1, { released: 1 })],
    });
    expect(change.cells.map(({ committed: units }) => units)).toEqual([-3]);
  });

  test('is released: what is open is available again, and what was shipped stays shipped', () => {
    const release = { ...context(), reservationId: 'res-1' };
    const { value, change } = commitOf(decideRelease(state, release));

    expect(value).toMatchObject({
      status: 'FULFILLED',
      lines: [teaLine(5, { shipped: 2, released: 3 }), teaLine(1, { released: 1 })],
    });
    expect(change.cells).toMatchObject([{ available: 3, committed: -3 }]);
    expect(decideRelease(stateWith([], { reservation: value }), release)).toEqual({
      next: 'replay',
      value,
    });
  });

  test.each<[readonly ReservationLine[], string]>([
    [[teaLine(2, { shipped: 1 }), teaLine(1, { released: 1 })], 'COMMITTED'],
    [[teaLine(2, { shipped: 1, released: 1 }), teaLine(1, { released: 1 })], 'FULFILLED'],
    [[teaLine(2, { released: 2 }), teaLine(1, { released: 1 })], 'RELEASED'],
  ])('has the status of its parts: %j is %s', (lines, status) => {
    expect(statusAfterParts(lines)).toBe(status);
  });
});

describe('the owner of a reservation', () => {
  test.each([
    [OWNER, OWNER],
    ['order', undefined],
    [undefined, undefined],
  ] as const)('%s is stored as %s', (owner, stored) => {
    const decision = decideReserve(stateWith([aCell({ available: 3 })]), reserveCommand({ owner }));

    expect(changeOf(decision).idempotencyRecord).toMatchObject({ kind: 'reservation' });
    expect(commitOf(decision).value.reservation.owner).toBe(stored);
  });
});
