import { describe, expect, test } from 'vitest';
import type { AlarmSettings } from '../../../../local/alerts/alarm-definitions.ts';
import { AlarmState } from '../../../../local/alerts/alarm-state.ts';

const MINUTE = 60_000;
/** Start of a period. */
const START = Date.parse('2026-11-24T12:00:00Z');

const settings = (over: Partial<AlarmSettings> = {}): AlarmSettings => ({
  periodSeconds: 60,
  statistic: 'Sum',
  threshold: 3,
  includesThreshold: true,
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  ...over,
});

/** Adds values, each at a number of milliseconds after START. Returns when the alarm was raised. */
function raisedAt(
  over: Partial<AlarmSettings>,
  points: readonly (readonly [milliseconds: number, value: number])[],
): readonly number[] {
  const state = new AlarmState(settings(over));
  return points
    .filter(([milliseconds, value]) => state.add({ at: START + milliseconds, value }))
    .map(([milliseconds]) => milliseconds);
}

describe('threshold', () => {
  test.each([
    [2, true, []],
    [3, true, [0]],
    [4, true, [0]],
    [3, false, []],
    [4, false, [0]],
  ])('a value of %d, when the threshold 3 breaches: %s', (value, includesThreshold, expected) => {
    expect(raisedAt({ includesThreshold }, [[0, value]])).toEqual(expected);
  });

  test('Sum adds the values of a period', () => {
    expect(
      raisedAt({}, [
        [0, 1],
        [10, 1],
        [MINUTE - 1, 1],
      ]),
    ).toEqual([MINUTE - 1]);
  });

  test('Sum does not add values of different periods', () => {
    expect(
      raisedAt({}, [
        [0, 2],
        [MINUTE, 2],
        [2 * MINUTE, 2],
      ]),
    ).toEqual([]);
  });

  test('Maximum does not add values', () => {
    expect(
      raisedAt({ statistic: 'Maximum' }, [
        [0, 2],
        [10, 2],
        [20, 3],
      ]),
    ).toEqual([20]);
  });
});

describe('periods', () => {
  const all = { evaluationPeriods: 3, datapointsToAlarm: 3 };

  test('raises when the last of all periods breaches', () => {
    expect(
      raisedAt(all, [
        [0, 3],
        [MINUTE, 3],
        [2 * MINUTE, 3],
      ]),
    ).toEqual([2 * MINUTE]);
  });

  test('a period without data does not breach', () => {
    expect(
      raisedAt(all, [
        [0, 3],
        [MINUTE, 3],
        [3 * MINUTE, 3],
      ]),
    ).toEqual([]);
  });

  test('raises when enough of the latest periods breach', () => {
    const two = { evaluationPeriods: 3, datapointsToAlarm: 2 };

    expect(
      raisedAt(two, [
        [0, 3],
        [2 * MINUTE, 3],
      ]),
    ).toEqual([2 * MINUTE]);
    expect(
      raisedAt(two, [
        [0, 3],
        [3 * MINUTE, 3],
      ]),
    ).toEqual([]);
  });

  test('counts a value that arrives after one of a later period', () => {
    const two = { evaluationPeriods: 2, datapointsToAlarm: 2 };

    expect(
      raisedAt(two, [
        [MINUTE, 3],
        [0, 3],
      ]),
    ).toEqual([0]);
  });
});

describe('recovery', () => {
  test('does not raise again in the same period and the next one', () => {
    expect(
      raisedAt({}, [
        [0, 3],
        [10, 3],
        [MINUTE, 3],
      ]),
    ).toEqual([0]);
  });

  test.each([
    [
      'without data',
      [
        [0, 3],
        [2 * MINUTE, 3],
      ],
    ],
    [
      'below the threshold',
      [
        [0, 3],
        [MINUTE, 2],
        [2 * MINUTE, 3],
      ],
    ],
  ] as const)('raises again after a period %s', (_, points) => {
    expect(raisedAt({}, points)).toEqual([0, 2 * MINUTE]);
  });

  test('does not raise again while enough of the latest periods breach', () => {
    const one = { evaluationPeriods: 2, datapointsToAlarm: 1 };

    expect(
      raisedAt(one, [
        [0, 3],
        [2 * MINUTE, 3],
        [4 * MINUTE, 3],
      ]),
    ).toEqual([0]);
    expect(
      raisedAt(one, [
        [0, 3],
        [3 * MINUTE, 3],
      ]),
    ).toEqual([0, 3 * MINUTE]);
  });
});
