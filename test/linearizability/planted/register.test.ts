import { describe, expect, test } from 'vitest';
import { checkLinearizability, NEVER, type Operation } from '../checker.ts';

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
