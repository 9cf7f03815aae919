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
  HOLD_BUCKET,
  NOON,
  NOON_BUCKET,
  seconds,
  stateWith,
} from '../../../support/inventory.ts';

const LATER = NOON_BUCKET + 900;
const held = aCell({ available: 1, held: { [HOLD_BUCKET]: 3 } });

describe('an extension of a hold', () => {
  test('moves the units to the later bucket and records the extension, guarded by the version', () => {
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
            held: { [HOLD_BUCKET]: -3, [LATER]: 3 },
            guard: { expiredThroughBelow: HOLD_BUCKET, heldMin: { [HOLD_BUCKET]: 3 } },
            movements: [
              aMovement({
                movementId: 'res-1.extend.4.1',
                kind: 'EXTENDED',
                from: { account: 'held', bucket: HOLD_BUCKET },
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
    ['the same time', 600],
  ])(
    'to %s moves nothing, because a hold never gets shorter, but is recorded',
    (_case, holdSeconds) => {
      const state = stateWith([held], { reservation: aReservation() });

      const { value, change } = commitOf(decideExtend(state, extendCommand({ holdSeconds })));
      const later = extendCommand({ holdSeconds, now: NOON + seconds(120) });
      const repeat = decideExtend({ ...state, reservation: value }, later);

      expect(value.heldUntil).toBe(HOLD_BUCKET);
      expect(change.cells).toEqual([]);
      expect(repeat).toEqual({ next: 'replay', value });
    },
  );

  test('by one second extends it by a whole bucket', () => {
    const reservation = aReservation();

    const decision = decideExtend(
      stateWith([held], { reservation }),
      extendCommand({ holdSeconds: 601 }),
    );

    expect(commitOf(decision).value.heldUntil).toBe(HOLD_BUCKET + 60);
  });

  test('of an expired hold takes the units from its bucket while that is not released', () => {
    const now = NOON + seconds(700);

    const change = changeOf(
      decideExtend(stateWith([held], { reservation: aReservation() }), extendCommand({ now })),
    );

    expect(change.cells[0]).toMatchObject({
      available: 0,
      held: { [HOLD_BUCKET]: -3, [NOON_BUCKET + 1620]: 3 },
      guard: { expiredThroughBelow: HOLD_BUCKET, heldMin: { [HOLD_BUCKET]: 3 } },
    });
  });
});

describe('an extension after the bucket was released', () => {
  const extendFrom = (available: number, expiredThrough = HOLD_BUCKET) =>
    decideExtend(
      stateWith([aCell({ available, expiredThrough })], { reservation: aReservation() }),
      extendCommand({ now: NOON + seconds(700) }),
    );

  test('holds the units again from available, guarded by the watermark', () => {
    const [cell] = changeOf(extendFrom(3)).cells;

    expect(cell).toMatchObject({
      available: -3,
      held: { [NOON_BUCKET + 1620]: 3 },
      guard: {
        availableMin: 3,
        expiredThroughMin: HOLD_BUCKET,
        expiredThroughBelow: NOON_BUCKET + 1620,
      },
    });
  });

  test.each([
    ['one unit less than needed', 2, false],
    ['as many as needed', 3, true],
    ['one unit more than needed', 4, true],
  ])('is decided by the available units: %s', (_case, units, ok) => {
    const decision = extendFrom(units);

    expect(decision.next === 'commit').toBe(ok);
    if (!ok) expect(decision).toMatchObject(reject({ kind: 'expired' }));
  });

  test('extends all lines or none', () => {
    const lines = [
      { ...mainCellKey('tea'), quantity: 1 },
      { ...mainCellKey('cup'), quantity: 1 },
    ];
    const cells = [
      aCell({ held: { [HOLD_BUCKET]: 1 } }),
      aCell({ sku: 'cup', expiredThrough: HOLD_BUCKET }),
    ];

    const decision = decideExtend(
      stateWith(cells, { reservation: aReservation({ lines }) }),
      extendCommand(),
    );

    expect(decision).toMatchObject(reject({ kind: 'expired' }));
  });

  test('takes each line from its own account: one from its bucket, one from available', () => {
    const lines = [
      { ...mainCellKey('tea'), quantity: 1 },
      { ...mainCellKey('cup'), quantity: 1 },
    ];
    const cells = [
      aCell({ held: { [HOLD_BUCKET]: 1 } }),
      aCell({ sku: 'cup', available: 1, expiredThrough: HOLD_BUCKET }),
    ];

    const change = changeOf(
      decideExtend(stateWith(cells, { reservation: aReservation({ lines }) }), extendCommand()),
    );

    expect(change.cells.map(({ available, held }) => ({ available, held }))).toEqual([
      { available: 0, held: { [HOLD_BUCKET]: -1, [LATER]: 1 } },
      { available: -1, held: { [LATER]: 1 } },
    ]);
  });

  test.each([
    [HOLD_BUCKET - 1, { available: 0, held: { [HOLD_BUCKET]: -3, [LATER]: 3 } }],
    [HOLD_BUCKET, { available: -3, held: { [LATER]: 3 } }],
    [HOLD_BUCKET + 1, { available: -3, held: { [LATER]: 3 } }],
  ])('is recognized by the watermark: %i', (expiredThrough, taken) => {
    const held = { [HOLD_BUCKET]: expiredThrough < HOLD_BUCKET ? 3 : 0 };
    const state = stateWith([aCell({ available: 3, held, expiredThrough })], {
      reservation: aReservation(),
    });

    const change = changeOf(decideExtend(state, extendCommand()));

    expect(change.cells[0]).toMatchObject(taken);
  });
});

describe('an extension is rejected', () => {
  test('when the reservation does not exist', () => {
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
      heldUntil: HOLD_BUCKET,
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

  test('returns the first result, even if the hold was extended again since', () => {
    const decision = decideExtend(stateWith([held], { reservation }), extendCommand());

    expect(decision).toEqual({ next: 'replay', value: { ...reservation, heldUntil: LATER } });
  });

  test('with another body and the same key is rejected', () => {
    const decision = decideExtend(
      stateWith([held], { reservation }),
      extendCommand({ fingerprint: 'other' }),
    );

    expect(decision).toMatchObject(reject({ kind: 'keyReused' }));
  });
});
