import { describe, expect, test } from 'vitest';
import { mainCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { reject } from '../../../../lambdas/inventory/domain/ledger/decision.ts';
import {
  decideExtend,
  EXTENSIONS_MAX,
} from '../../../../lambdas/inventory/domain/reservations/extend.ts';
import {
  aCell,
  aCellChange,
  aMovement,
  aReservation,
  changeOf,
  commitOf,
  extendCommand,
  NOON,
  NOON_BUCKET,
  seconds,
  stateWith,
} from '../../../support/inventory.ts';

const SLOT = NOON_BUCKET + 600;
const LATER = NOON_BUCKET + 900;
const held = aCell({ available: 1, held: { [SLOT]: 3 } });

describe('extending a hold', () => {
  test('moves its units to the later slot and remembers the extension, under the version that was read', () => {
    const reservation = aReservation({ version: 4 });

    const decision = decideExtend(stateWith([held], { reservation }), extendCommand());

    const after = {
      ...reservation,
      heldUntil: LATER,
      extensions: [{ operationId: 'extension-1', fingerprint: 'print-1', heldUntil: LATER }],
      version: 5,
      correlationId: 'corr-1',
    };
    expect(decision).toEqual({
      next: 'commit',
      value: after,
      change: {
        operationId: 'res-1.extend.4',
        at: NOON,
        correlationId: 'corr-1',
        idempotencyRecord: { kind: 'reservation', after, expectedVersion: 4 },
        cells: [
          aCellChange({
            held: { [SLOT]: -3, [LATER]: 3 },
            guard: { expiredThroughBelow: SLOT, heldMin: { [SLOT]: 3 } },
            movements: [
              aMovement({
                movementId: 'res-1.extend.4.1',
                kind: 'EXTENDED',
                from: { account: 'held', bucket: SLOT },
                to: { account: 'held', bucket: LATER },
                reservationId: 'res-1',
                orderId: 'res-1',
              }),
            ],
          }),
        ],
      },
    });
  });

  test.each([
    ['an earlier time', 540],
    ['the time that it has', 600],
  ])(
    'to %s moves nothing, for a hold never lapses earlier; but it is remembered',
    (_case, holdSeconds) => {
      const state = stateWith([held], { reservation: aReservation() });

      const { value, change } = commitOf(decideExtend(state, extendCommand({ holdSeconds })));
      const later = extendCommand({ holdSeconds, now: NOON + seconds(120) });
      const repeat = decideExtend({ ...state, reservation: value }, later);

      expect(value.heldUntil).toBe(SLOT);
      expect(change.cells).toEqual([]);
      expect(repeat).toEqual({ next: 'replay', value });
    },
  );

  test('by one second more than it has is by a whole slot', () => {
    const reservation = aReservation();

    const decision = decideExtend(
      stateWith([held], { reservation }),
      extendCommand({ holdSeconds: 601 }),
    );

    expect(commitOf(decision).value.heldUntil).toBe(SLOT + 60);
  });

  test('of a hold that lapsed but was not folded takes the units from its slot', () => {
    const now = NOON + seconds(700);

    const change = changeOf(
      decideExtend(stateWith([held], { reservation: aReservation() }), extendCommand({ now })),
    );

    expect(change.cells[0]).toMatchObject({
      available: 0,
      held: { [SLOT]: -3, [NOON_BUCKET + 1620]: 3 },
      guard: { expiredThroughBelow: SLOT, heldMin: { [SLOT]: 3 } },
    });
  });
});

describe('extending a hold whose slot was folded', () => {
  const extendFrom = (available: number, expiredThrough = SLOT) =>
    decideExtend(
      stateWith([aCell({ available, expiredThrough })], { reservation: aReservation() }),
      extendCommand({ now: NOON + seconds(700) }),
    );

  test('holds the units again from available, while the slot stays folded', () => {
    const [cell] = changeOf(extendFrom(3)).cells;

    expect(cell).toMatchObject({
      available: -3,
      held: { [NOON_BUCKET + 1620]: 3 },
      guard: { availableMin: 3, expiredThroughMin: SLOT, expiredThroughBelow: NOON_BUCKET + 1620 },
    });
  });

  test.each([
    ['one short', 2, false],
    ['just enough', 3, true],
    ['one more', 4, true],
  ])('with %s available', (_case, units, ok) => {
    const decision = extendFrom(units);

    expect(decision.next === 'commit').toBe(ok);
    if (!ok) expect(decision).toMatchObject(reject({ kind: 'expired' }));
  });

  test('is all lines or none', () => {
    const lines = [
      { ...mainCellKey('tea'), quantity: 1 },
      { ...mainCellKey('cup'), quantity: 1 },
    ];
    const cells = [aCell({ held: { [SLOT]: 1 } }), aCell({ sku: 'cup', expiredThrough: SLOT })];

    const decision = decideExtend(
      stateWith(cells, { reservation: aReservation({ lines }) }),
      extendCommand(),
    );

    expect(decision).toMatchObject(reject({ kind: 'expired' }));
  });

  test('takes each line from where it is: one from its slot, one from available', () => {
    const lines = [
      { ...mainCellKey('tea'), quantity: 1 },
      { ...mainCellKey('cup'), quantity: 1 },
    ];
    const cells = [
      aCell({ held: { [SLOT]: 1 } }),
      aCell({ sku: 'cup', available: 1, expiredThrough: SLOT }),
    ];

    const change = changeOf(
      decideExtend(stateWith(cells, { reservation: aReservation({ lines }) }), extendCommand()),
    );

    expect(change.cells.map(({ available, held }) => ({ available, held }))).toEqual([
      { available: 0, held: { [SLOT]: -1, [LATER]: 1 } },
      { available: -1, held: { [LATER]: 1 } },
    ]);
  });

  test.each([
    [SLOT - 1, { available: 0, held: { [SLOT]: -3, [LATER]: 3 } }],
    [SLOT, { available: -3, held: { [LATER]: 3 } }],
    [SLOT + 1, { available: -3, held: { [LATER]: 3 } }],
  ])('is told by the watermark: at %i', (expiredThrough, taken) => {
    const held = { [SLOT]: expiredThrough < SLOT ? 3 : 0 };
    const state = stateWith([aCell({ available: 3, held, expiredThrough })], {
      reservation: aReservation(),
    });

    const change = changeOf(decideExtend(state, extendCommand()));

    expect(change.cells[0]).toMatchObject(taken);
  });
});

describe('an extension is refused', () => {
  test('when there is no such reservation', () => {
    expect(decideExtend(stateWith([]), extendCommand())).toMatchObject(
      reject({ kind: 'notFound' }),
    );
  });

  test.each(['RELEASED', 'EXPIRED'] as const)('as expired when the reservation is %s', (status) => {
    const decision = decideExtend(
      stateWith([held], { reservation: aReservation({ status }) }),
      extendCommand(),
    );

    expect(decision).toMatchObject(reject({ kind: 'expired' }));
  });

  test.each(['COMMITTED', 'FULFILLED'] as const)('as not held when it is %s', (status) => {
    const decision = decideExtend(
      stateWith([held], { reservation: aReservation({ status }) }),
      extendCommand(),
    );

    expect(decision).toMatchObject(reject({ kind: 'notHeld', reservationStatus: status }));
  });

  test.each([
    [EXTENSIONS_MAX - 1, true],
    [EXTENSIONS_MAX, false],
    [EXTENSIONS_MAX + 1, false],
  ])('after %i extensions: %s', (count, ok) => {
    const extensions = Array.from({ length: count }, (_, index) => ({
      operationId: `earlier-${index}`,
      fingerprint: 'print',
      heldUntil: SLOT,
    }));

    const decision = decideExtend(
      stateWith([held], { reservation: aReservation({ extensions }) }),
      extendCommand(),
    );

    expect(decision.next === 'commit').toBe(ok);
    if (!ok) expect(decision).toMatchObject(reject({ kind: 'tooManyExtensions' }));
  });
});

describe('a repeated extension', () => {
  const first = { operationId: 'extension-1', fingerprint: 'print-1', heldUntil: LATER };
  const reservation = aReservation({ heldUntil: LATER + 300, extensions: [first] });

  test('gets the first answer, though the hold was extended again since', () => {
    const decision = decideExtend(stateWith([held], { reservation }), extendCommand());

    expect(decision).toEqual({ next: 'replay', value: { ...reservation, heldUntil: LATER } });
  });

  test('with another body under its key is refused', () => {
    const decision = decideExtend(
      stateWith([held], { reservation }),
      extendCommand({ fingerprint: 'other' }),
    );

    expect(decision).toMatchObject(reject({ kind: 'keyReused' }));
  });
});
