import { describe, expect, test } from 'vitest';
import { describeBreaches, describeChanges, nextCeilings } from '../../../bench/budgets/budget.ts';

const margins = { headroomPercent: 3, slackPercentMax: 10 };
const bytesFigures = (bytes: number) => ({ 'inventory/get-stock': { bytes } });

describe('a ceiling', () => {
  test.each([
    [1_000, 1_000],
    [999, 1_000],
    [1_000, 1_100],
  ])('allows %d under %d', (figure, ceiling) => {
    expect(describeBreaches(bytesFigures(figure), bytesFigures(ceiling), margins)).toEqual([]);
  });

  test('is exceeded by one more', () => {
    expect(describeBreaches(bytesFigures(102_000), bytesFigures(101_999), margins)).toEqual([
      'inventory/get-stock: 102 000 bytes are 0.0% above the ceiling of 101 999: take something out, or raise it on purpose by npm run budgets -- --update',
    ]);
  });

  test('must be lowered if it is too far above the figure', () => {
    expect(describeBreaches(bytesFigures(1_000), bytesFigures(1_101), margins)).toEqual([
      'inventory/get-stock: 1 000 bytes are far below the ceiling of 1 101, which may be 10% above: npm run budgets -- --update lowers it',
    ]);
  });

  test('is required for each measured figure', () => {
    expect(describeBreaches(bytesFigures(1_000), {}, margins)).toEqual([
      'inventory/get-stock: 1 000 bytes have no ceiling: npm run budgets -- --update writes one',
    ]);
    expect(
      describeBreaches(bytesFigures(1_000), { 'inventory/get-stock': { calls: 2 } }, margins),
    ).toHaveLength(2);
  });

  test('must not exist without a measured figure', () => {
    expect(describeBreaches({}, bytesFigures(1_000), margins)).toEqual([
      'inventory/get-stock: the ceiling of bytes is for nothing: npm run budgets -- --update removes it',
    ]);
  });

  test('of a counted figure allows neither more nor less', () => {
    const counted = { headroomPercent: 0, slackPercentMax: 0 };

    expect(nextCeilings(bytesFigures(2.5), {}, counted)).toEqual(bytesFigures(2.5));
    expect(describeBreaches(bytesFigures(2.5), bytesFigures(2.5), counted)).toEqual([]);
    expect(describeBreaches(bytesFigures(3), bytesFigures(2.5), counted)).toHaveLength(1);
    expect(describeBreaches(bytesFigures(2), bytesFigures(2.5), counted)).toHaveLength(1);
  });
});

describe('new ceilings', () => {
  test('have the headroom above the figures, in whole units', () => {
    expect(nextCeilings(bytesFigures(1_001), {}, margins)).toEqual(bytesFigures(1_032));
  });

  test('stay if they fit', () => {
    expect(nextCeilings(bytesFigures(1_000), bytesFigures(1_090), margins)).toEqual(
      bytesFigures(1_090),
    );
  });

  test.each([
    ['raised', 1_000, 999],
    ['lowered', 1_000, 1_101],
  ])('are %s if they do not fit', (_, figure, before) => {
    expect(nextCeilings(bytesFigures(figure), bytesFigures(before), margins)).toEqual(
      bytesFigures(1_030),
    );
  });

  test('exist for measured figures only, sorted by name', () => {
    const figures = { b: { bytes: 100 }, a: { bytes: 100 } };

    const next = nextCeilings(figures, bytesFigures(1_000), margins);

    expect(Object.keys(next)).toEqual(['a', 'b']);
    expect(describeBreaches(figures, next, margins)).toEqual([]);
  });
});

test('reports each change', () => {
  const before = { a: { bytes: 1 }, b: { bytes: 20_000 }, c: { bytes: 3 }, d: { bytes: 4 } };
  const after = { a: { bytes: 2 }, b: { bytes: 10_000 }, d: { bytes: 4 }, e: { bytes: 5 } };

  expect(describeChanges(before, after)).toEqual([
    'a: bytes raised from 1 to 2',
    'b: bytes lowered from 20 000 to 10 000',
    'e: bytes new, at 5',
    'c: bytes removed',
  ]);
});
