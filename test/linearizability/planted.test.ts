import { describe, expect, test } from 'vitest';
import { EXTENSIONS_MAX } from '../../lambdas/inventory/domain/reservations/extend.ts';
import { checkLinearizability, NEVER, type Operation } from './checker.ts';
import type {
  History,
  ObservedReservation,
  ObservedStock,
  RecordedOperation,
  Request,
  Response,
} from './history.ts';
import { findContradictions } from './inventory/contradictions.ts';
import { checkHistory } from './inventory/inventory-history.ts';

/** A register: the simplest model for a checker. */
type RegisterOperation = readonly [
  call: number,
  end: number,
  operation: 'write' | 'read',
  value: number,
];
const register = (...operations: readonly RegisterOperation[]) =>
  checkLinearizability<number>(
    operations.map(
      ([call, end, operation, value]): Operation<number> => ({
        name: `${operation} ${value}`,
        call,
        end,
        step: (state) => (operation === 'write' ? [value] : state === value ? [state] : []),
      }),
    ),
    { initial: 0, keyOf: String },
  ).result;

describe('a register', () => {
  test.each<[string, RegisterOperation[]]>([
    [
      'a read after a write',
      [
        [0, 1, 'write', 1],
        [2, 3, 'read', 1],
      ],
    ],
    [
      'a read of the old value during a write',
      [
        [0, 9, 'write', 1],
        [1, 2, 'read', 0],
      ],
    ],
    [
      'a read of the new value during a write',
      [
        [0, 9, 'write', 1],
        [1, 2, 'read', 1],
      ],
    ],
    [
      'a read that returns at the time of the next call',
      [
        [0, 2, 'read', 1],
        [2, 3, 'write', 1],
      ],
    ],
    [
      'two writes in the order of their reads',
      [
        [0, 9, 'write', 1],
        [0, 9, 'write', 2],
        [1, 2, 'read', 2],
        [3, 4, 'read', 1],
      ],
    ],
    [
      'an unknown write that took effect',
      [
        [0, NEVER, 'write', 1],
        [2, 3, 'read', 1],
      ],
    ],
    [
      'an unknown write that took effect later',
      [
        [0, NEVER, 'write', 1],
        [2, 3, 'read', 0],
        [4, 5, 'read', 1],
      ],
    ],
    [
      'an unknown write that never took effect',
      [
        [0, NEVER, 'write', 1],
        [2, 3, 'read', 0],
      ],
    ],
  ])('%s is linearizable', (_case, operations) => {
    expect(register(...operations)).toBe('linearizable');
  });

  test.each<[string, RegisterOperation[]]>([
    [
      'a stale read',
      [
        [0, 1, 'write', 1],
        [2, 3, 'read', 0],
      ],
    ],
    [
      'a read of a value that was never written',
      [
        [0, 1, 'write', 1],
        [0, 3, 'read', 2],
      ],
    ],
    [
      'a read of a value that is written later',
      [
        [0, 1, 'read', 1],
        [2, 3, 'write', 1],
      ],
    ],
    [
      'a read of an older value than the read before',
      [
        [0, 9, 'write', 1],
        [1, 2, 'read', 1],
        [3, 4, 'read', 0],
      ],
    ],
    [
      'an unknown write that is reverted',
      [
        [0, NEVER, 'write', 1],
        [2, 3, 'read', 1],
        [4, 5, 'read', 0],
      ],
    ],
  ])('%s is a violation', (_case, operations) => {
    expect(register(...operations)).toBe('violation');
  });

  test('a search that reaches its limit is undecided, not linearizable', () => {
    const writes = Array.from(
      { length: 8 },
      (_, value): Operation<number> => ({
        name: `write ${value}`,
        call: 0,
        end: 9,
        step: () => [value],
      }),
    );
    const read: Operation<number> = { name: 'read', call: 10, end: 11, step: () => [] };

    expect(checkLinearizability([...writes, read], { initial: 0, keyOf: String }, 20).result).toBe(
      'undecided',
    );
    expect(checkLinearizability([...writes, read], { initial: 0, keyOf: String }).result).toBe(
      'violation',
    );
  });
});

const BUCKET_MILLISECONDS = 1_000;
const START = 1_000_000 * BUCKET_MILLISECONDS;
const UNITS = 10;

/** Returns a history of one SKU with `UNITS`; times are milliseconds after the start. */
const history = (
  operations: readonly (readonly [
    call: number,
    end: number,
    request: Request,
    response: Response,
  ])[],
  rest: Partial<History> = {},
): History => ({
  sku: 'tea',
  bucketMilliseconds: BUCKET_MILLISECONDS,
  units: UNITS,
  isOneCell: true,
  parts: new Map(),
  operations: operations.map(
    ([call, end, request, response], client): RecordedOperation => ({
      client,
      call: START + call,
      end: START + end,
      request,
      response,
    }),
  ),
  ...rest,
});
const resultOf = (...given: Parameters<typeof history>) => checkHistory(history(...given)).result;

const receive = (quantity: number, key = 'in'): Request => ({ kind: 'receive', key, quantity });
const adjust = (delta: number, key = 'fix'): Request => ({ kind: 'adjust', key, delta });
const reserve = (quantity: number, id = 'r1', holdSeconds = 5): Request => ({
  kind: 'reserve',
  id,
  quantity,
  holdSeconds,
});
const extend = (key = 'longer', id = 'r1'): Request => ({
  kind: 'extend',
  id,
  key,
  holdSeconds: 20,
});
const release: Request = { kind: 'release', id: 'r1' };
const commit: Request = { kind: 'commit', id: 'r1' };
const readReservation: Request = { kind: 'read reservation', id: 'r1' };
const readStock: Request = { kind: 'read stock' };

const unknown: Response = { kind: 'unknown' };
const done: Response = { kind: 'done' };
const entered = (quantity: number, movementId = 'm'): Response => ({
  kind: 'stockEntered',
  movementId,
  quantity,
});
const rejected = (code: string, available?: number): Response => ({
  kind: 'rejected',
  code,
  ...(available === undefined ? {} : { available }),
});
const reservation = (quantity: number, endsIn: number, status = 'HELD'): Response => {
  const seen: ObservedReservation = { status, quantity, until: START + endsIn };
  return { kind: 'reservation', reservation: seen };
};
const stock = (
  available: number,
  rest: Partial<Omit<ObservedStock, 'holds'>> & { held?: number; endsIn?: number } = {},
): Response => {
  const { held = 0, committed = 0, endsIn = 5_000 } = rest;
  const onHand = available + held + committed;
  const holds = new Map(held === 0 ? [] : [[START + endsIn, held]]);
  return { kind: 'stock', stock: { onHand, available, held, committed, holds, asOf: START } };
};
const HOLD = [0, 1, reserve(3), reservation(3, 6_000)] as const;
const held = (available: number, endsIn = 6_000) => stock(available, { held: 3, endsIn });

describe('a SKU of one cell', () => {
  test.each<[string, Parameters<typeof history>[0]]>([
    [
      'an acknowledged receipt',
      [
        [0, 1, receive(2), entered(2)],
        [2, 3, readStock, stock(12)],
      ],
    ],
    [
      'two receipts with two keys',
      [
        [0, 5, receive(2), entered(2)],
        [0, 5, receive(2, 'in-2'), entered(2)],
        [6, 7, readStock, stock(14)],
      ],
    ],
    [
      'a repeat that takes effect once',
      [
        [0, NEVER, receive(2), unknown],
        [2, 3, receive(2), entered(2)],
        [4, 5, readStock, stock(12)],
      ],
    ],
    [
      'an aborted receipt that arrives after its repeat',
      [
        [0, NEVER, receive(2), unknown],
        [2, 3, readStock, stock(10)],
        [4, 5, readStock, stock(12)],
      ],
    ],
    ['a hold', [HOLD, [2, 3, readStock, held(7)], [4, 5, readReservation, reservation(3, 6_000)]]],
    [
      'a hold whose response was lost',
      [
        [0, NEVER, reserve(3), unknown],
        [2, 3, reserve(3), reservation(3, 6_000)],
        [4, 5, readStock, held(7)],
      ],
    ],
    [
      'a hold that has expired',
      [
        HOLD,
        [6_010, 6_011, readStock, stock(10)],
        [6_012, 6_013, readReservation, reservation(3, 6_000, 'EXPIRED')],
      ],
    ],
    ['a read just before a hold expires', [HOLD, [5_990, 6_010, readStock, held(7)]]],
    ['a read just after a hold expired', [HOLD, [5_990, 6_010, readStock, stock(10)]]],
    [
      'an extension',
      [
        HOLD,
        [10, 11, extend(), reservation(3, 21_000)],
        [6_010, 6_011, readStock, held(7, 21_000)],
      ],
    ],
    [
      'an extension of an expired hold',
      [
        HOLD,
        [7_000, 7_001, extend(), reservation(3, 28_000)],
        [7_002, 7_003, readStock, held(7, 28_000)],
      ],
    ],
    [
      'a rejected extension of an expired hold whose units were sold',
      [
        HOLD,
        [7_000, 7_001, adjust(-8), entered(8)],
        [7_002, 7_003, extend(), rejected('RESERVATION_EXPIRED')],
      ],
    ],
    [
      'a release and its repeat',
      [
        HOLD,
        [2, 3, release, reservation(3, 6_000, 'RELEASED')],
        [4, 5, release, reservation(3, 6_000, 'RELEASED')],
        [6, 7, readStock, stock(10)],
      ],
    ],
    [
      'a reserve request that arrives after its release',
      [
        [
          0,
          1,
          release,
          {
            kind: 'reservation',
            reservation: { status: 'RELEASED', quantity: 0, until: undefined },
          },
        ],
        [2, 3, reserve(3), rejected('RESERVATION_RELEASED')],
      ],
    ],
    [
      'a commit',
      [
        HOLD,
        [2, 3, commit, done],
        [4, 5, readStock, stock(7, { committed: 3 })],
        [6_010, 6_011, readReservation, reservation(3, 6_000, 'COMMITTED')],
      ],
    ],
    [
      'a commit after the units were sold',
      [
        HOLD,
        [7_000, 7_001, adjust(-8), entered(8)],
        [7_002, 7_003, commit, done],
        [7_004, 7_005, readReservation, reservation(3, 6_000, 'EXPIRED')],
      ],
    ],
    [
      'a rejection that names the available units',
      [HOLD, [2, 3, reserve(8, 'r2'), rejected('INSUFFICIENT_STOCK', 7)]],
    ],
  ])('%s is linearizable', (_case, operations) => {
    expect(resultOf(operations)).toBe('linearizable');
  });

  test.each<[string, Parameters<typeof history>[0]]>([
    [
      'a lost update',
      [
        [0, 5, receive(2), entered(2)],
        [0, 5, receive(3, 'in-2'), entered(3)],
        [6, 7, readStock, stock(13)],
      ],
    ],
    [
      'a lost receipt',
      [
        [0, 1, receive(2), entered(2)],
        [2, 3, readStock, stock(10)],
        [4, 5, readStock, stock(10)],
      ],
    ],
    [
      'a stale read',
      [
        [0, 1, receive(2), entered(2)],
        [2, 3, readStock, stock(10)],
        [4, 5, readStock, stock(12)],
      ],
    ],
    [
      'a read of an older value than the read before',
      [
        [0, 9, receive(2), entered(2)],
        [1, 2, readStock, stock(12)],
        [3, 4, readStock, stock(10)],
      ],
    ],
    [
      'a repeat that takes effect twice',
      [
        [0, NEVER, receive(2), unknown],
        [2, 3, receive(2), entered(2)],
        [4, 5, readStock, stock(14)],
      ],
    ],
    [
      'a hold that is counted twice',
      [
        HOLD,
        [2, 3, reserve(3), reservation(3, 6_000)],
        [4, 5, readStock, stock(4, { held: 6, endsIn: 6_000 })],
      ],
    ],
    [
      'a unit that is sold twice',
      [
        [0, 5, reserve(6), reservation(6, 6_000)],
        [0, 5, reserve(6, 'r2'), reservation(6, 6_000)],
      ],
    ],
    [
      'a rejection that took effect',
      [
        [0, 1, adjust(-11), rejected('INSUFFICIENT_STOCK', 10)],
        [2, 3, readStock, stock(-1)],
      ],
    ],
    [
      'a rejection while enough units are available',
      [
        [0, 1, receive(2), entered(2)],
        [2, 3, reserve(12), rejected('INSUFFICIENT_STOCK', 10)],
      ],
    ],
    [
      'a rejection that names a wrong quantity',
      [[0, 1, reserve(12), rejected('INSUFFICIENT_STOCK', 9)]],
    ],
    [
      'a rejection of a repeat that took effect',
      [
        [0, 1, adjust(-6), entered(6)],
        [2, 3, adjust(-6), rejected('INSUFFICIENT_STOCK', 4)],
      ],
    ],
    ['a hold that expires early', [HOLD, [5_000, 5_001, readStock, stock(10)]]],
    ['a hold that expires late', [HOLD, [6_010, 6_011, readStock, held(7)]]],
    ['a hold that ends earlier than requested', [[0, 1, reserve(3), reservation(3, 4_000)]]],
    [
      'an extension that is lost',
      [HOLD, [10, 11, extend(), reservation(3, 21_000)], [6_010, 6_011, readStock, stock(10)]],
    ],
    [
      'a repeated extension that extends again',
      [
        HOLD,
        [10, 11, extend(), reservation(3, 21_000)],
        [2_000, 2_001, extend(), reservation(3, 23_000)],
      ],
    ],
    [
      'an extension of an expired hold whose units were sold',
      [
        HOLD,
        [7_000, 7_001, adjust(-8), entered(8)],
        [7_002, 7_003, extend(), reservation(3, 28_000)],
      ],
    ],
    [
      'an extension that is rejected before the hold expires',
      [HOLD, [10, 11, extend(), rejected('RESERVATION_EXPIRED')]],
    ],
    [
      'a release that returns too many units',
      [HOLD, [2, 3, release, reservation(3, 6_000, 'RELEASED')], [4, 5, readStock, stock(13)]],
    ],
    [
      'a release that is reverted',
      [
        HOLD,
        [2, 3, release, reservation(3, 6_000, 'RELEASED')],
        [4, 5, readReservation, reservation(3, 6_000)],
      ],
    ],
    ['a commit that is lost', [HOLD, [2, 3, commit, done], [6_010, 6_011, readStock, stock(10)]]],
    [
      'a committed hold that was sold again',
      [
        HOLD,
        [7_000, 7_001, adjust(-8), entered(8)],
        [7_002, 7_003, commit, done],
        [7_004, 7_005, readReservation, reservation(3, 6_000, 'COMMITTED')],
      ],
    ],
    [
      'quantities that mix two moments',
      [
        [0, 9, reserve(3), reservation(3, 6_000)],
        [1, 2, readStock, held(10)],
      ],
    ],
    [
      'a receipt that is visible before an earlier one',
      [
        [0, 1, receive(1), entered(1)],
        [2, 9, receive(4, 'in-2'), entered(4)],
        [3, 4, readStock, stock(14)],
      ],
    ],
  ])('%s is a violation', (_case, operations) => {
    expect(resultOf(operations)).toBe('violation');
  });
});

test.each([
  ['linearizable', EXTENSIONS_MAX],
  ['violation', EXTENSIONS_MAX - 1],
])('a rejection of too many extensions is %s after %i extensions', (result, count) => {
  const extensions = Array.from(
    { length: count },
    (_, index) => [index + 2, index + 2.5, extend(`e${index}`), reservation(3, 21_000)] as const,
  );

  expect(resultOf([HOLD, ...extensions, [900, 901, extend(), rejected('EXTENSION_LIMIT')]])).toBe(
    result,
  );
});

describe('a SKU of several cells', () => {
  const several = { isOneCell: false };

  test.each<[string, Parameters<typeof history>[0]]>([
    [
      'a sum that includes a change but not an earlier one',
      [
        [0, 9, receive(1), entered(1)],
        [0, 9, receive(4, 'in-2'), entered(4)],
        [1, 8, readStock, stock(14)],
      ],
    ],
    [
      'a sum without a receipt made after its call',
      [
        [0, 9, readStock, stock(10)],
        [1, 2, receive(4), entered(4)],
      ],
    ],
    [
      'a sum that includes a release and a later adjustment',
      [
        [0, 1, reserve(3), reservation(3, 6_000)],
        [2, 20, readStock, stock(7)],
        [3, 4, release, reservation(3, 6_000, 'RELEASED')],
        [5, 6, adjust(-3), entered(3)],
      ],
    ],
    [
      'a rejection that includes an adjustment but not an earlier release',
      [
        [0, 1, reserve(3), reservation(3, 6_000)],
        [2, 20, reserve(8, 'r2'), rejected('INSUFFICIENT_STOCK', 4)],
        [3, 4, release, reservation(3, 6_000, 'RELEASED')],
        [5, 6, adjust(-3), entered(3)],
      ],
    ],
  ])('%s is linearizable except for the sum', (_case, operations) => {
    expect(resultOf(operations, several)).toBe('linearizable');
  });

  test('a hold that a sum includes in some of its cells is linearizable except for the sum', () => {
    const operations = [
      [0, 9, reserve(5), reservation(5, 6_000)],
      [1, 8, readStock, stock(8, { held: 2, endsIn: 6_000 })],
    ] as const;

    expect(resultOf(operations, { ...several, parts: new Map([['r1', [3, 2]]]) })).toBe(
      'linearizable',
    );
    expect(resultOf(operations, { ...several, parts: new Map([['r1', [4, 1]]]) })).toBe(
      'violation',
    );
    expect(resultOf(operations, several)).toBe('violation');
  });

  test.each<[string, Parameters<typeof history>[0]]>([
    ['a wrong sum without any change', [[0, 1, readStock, stock(11)]]],
    [
      'a sum without a receipt acknowledged before its call',
      [
        [0, 1, receive(2), entered(2)],
        [2, 3, readStock, stock(10)],
      ],
    ],
    [
      'a sum with a receipt sent after its return',
      [
        [0, 1, readStock, stock(12)],
        [2, 3, receive(2), entered(2)],
      ],
    ],
    [
      'a sum of more units than exist',
      [
        [0, 9, receive(2), entered(2)],
        [1, 2, readStock, stock(13)],
      ],
    ],
    [
      'a change that a later sum omits',
      [
        [0, 9, receive(2), entered(2)],
        [1, 2, readStock, stock(12)],
        [10, 11, readStock, stock(10)],
      ],
    ],
    [
      'a rejection while enough units were always available',
      [
        [0, 9, receive(2), entered(2)],
        [1, 2, reserve(9), rejected('INSUFFICIENT_STOCK', 8)],
      ],
    ],
    [
      'a lost update',
      [
        [0, 5, receive(2), entered(2)],
        [0, 5, receive(3, 'in-2'), entered(3)],
        [6, 7, readStock, stock(13)],
      ],
    ],
    [
      'a unit that is sold twice',
      [
        [0, 5, reserve(6), reservation(6, 6_000)],
        [0, 5, reserve(6, 'r2'), reservation(6, 6_000)],
      ],
    ],
  ])('%s is a violation', (_case, operations) => {
    expect(resultOf(operations, several)).toBe('violation');
  });
});

describe('findContradictions', () => {
  test.each<[string, Parameters<typeof history>[0], number]>([
    [
      'consistent responses',
      [
        [0, 1, receive(2), entered(2)],
        [2, 3, receive(2), entered(2)],
        [-1, 4, readStock, stock(12)],
      ],
      0,
    ],
    [
      'a repeat with another movement',
      [
        [0, 1, receive(2), entered(2)],
        [2, 3, receive(2), entered(2, 'm-2')],
      ],
      1,
    ],
    ['a movement of another quantity', [[0, 1, adjust(-2), entered(3)]], 1],
    ['a read as of another time', [[50, 60, readStock, stock(10)]], 1],
  ])('counts the contradictions of %s', (_case, operations, count) => {
    expect(findContradictions(history(operations))).toHaveLength(count);
  });
});
