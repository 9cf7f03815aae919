import { describe, expect, test } from 'vitest';
import { findContradictions } from '../inventory/contradictions.ts';
import {
  adjust,
  entered,
  history,
  readStock,
  receive,
  rejected,
  release,
  reservation,
  reserve,
  resultOf,
  stock,
} from './histories.ts';

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
