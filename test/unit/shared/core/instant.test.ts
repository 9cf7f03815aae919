import { expect, test } from 'vitest';
import {
  epochSecondsAfterDays,
  epochSecondsToIso,
  toEpochSeconds,
  toIso,
} from '../../../../lambdas/shared/core/instant.ts';
import { toPageView } from '../../../../lambdas/shared/core/page.ts';
import { NOON, NOON_BUCKET } from '../../../support/inventory.ts';

test.each([
  [NOON - 1, NOON_BUCKET - 1],
  [NOON, NOON_BUCKET],
  [NOON + 1, NOON_BUCKET],
  [NOON + 999, NOON_BUCKET],
  [NOON + 1000, NOON_BUCKET + 1],
])('the instant %i is in second %i', (at, second) => {
  expect(toEpochSeconds(at)).toBe(second);
});

test('an instant and an expiry bucket are formatted as ISO 8601 in UTC', () => {
  expect([toIso(NOON + 1), epochSecondsToIso(NOON_BUCKET)]).toEqual([
    '2026-01-01T12:00:00.001Z',
    '2026-01-01T12:00:00.000Z',
  ]);
});

test('a later day is in epoch seconds, as TTL requires', () => {
  expect(epochSecondsAfterDays(NOON + 999, 7)).toBe(NOON_BUCKET + 604_800);
});

test.each([
  ['the last page', {}, {}],
  ['a page before another', { cursor: 'next' }, { cursor: 'next' }],
])(
  'a page view has the view of each item, and the cursor of the page: %s',
  (_case, cursor, shown) => {
    expect(toPageView({ items: [1, 2], ...cursor }, (item) => item * 10)).toStrictEqual({
      items: [10, 20],
      ...shown,
    });
  },
);
