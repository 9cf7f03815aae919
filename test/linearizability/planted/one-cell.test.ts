import { describe, expect, test } from 'vitest';
import { EXTENSIONS_MAX } from '../../../lambdas/inventory/domain/reservations/extend.ts';
import { NEVER } from '../checker.ts';
import type { Request, Response } from '../history.ts';
import {
  adjust,
  entered,
  held,
  type history,
  readStock,
  receive,
  rejected,
  release,
  reservation,
  reserve,
  resultOf,
  stock,
} from './histories.ts';

const extend = (key = 'longer', id = 'r1'): Request => ({
  kind: 'extend',
  id,
  key,
  holdSeconds: 20,
});

const commit: Request = { kind: 'commit', id: 'r1' };
const readReservation: Request = { kind: 'read reservation', id: 'r1' };

const unknown: Response = { kind: 'unknown' };
const done: Response = { kind: 'done' };

const HOLD = [0, 1, reserve(3), reservation(3, 6_000)] as const;

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
