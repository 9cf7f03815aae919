import { expect, test } from 'vitest';
import { type ComparedFinding, describeDifference } from '../../../cli/finding-difference.ts';

test.each<[string, ComparedFinding]>([
  [
    'available: book 8, expected 10, correction +2\nheld until 2026-01-01T12:00:00.000Z: book 2, expected 0, correction -2',
    {
      kind: 'BALANCE_DIFFERS',
      expected: { available: 10, held: {}, committed: 1 },
      actual: { available: 8, held: { '1767268800': 2 }, committed: 1 },
      difference: { available: 2, 'held until 2026-01-01T12:00:00.000Z': -2 },
    },
  ],
  [
    'book 10, counted 7, correction -3',
    { kind: 'COUNT_DIFFERS', expected: 10, actual: 7, difference: -3 },
  ],
  [
    'captured 300, expected 500, correction +200 EUR',
    {
      kind: 'CAPTURE_DIFFERS',
      expected: { amount: 500, currency: 'EUR' },
      actual: { status: 'CAPTURED', amount: 300, currency: 'EUR' },
      difference: { amount: 200, currency: 'EUR' },
    },
  ],
  [
    'captured 0, expected 500, correction +500 EUR',
    {
      kind: 'CAPTURE_MISSING',
      expected: { amount: 500, currency: 'EUR' },
      actual: null,
      difference: { amount: 500, currency: 'EUR' },
    },
  ],
  ['2', { kind: 'DEAD_LETTERS', difference: 2 }],
  [
    'held until 2026-01-01T12:00:00.000Z -2, committed 2',
    {
      kind: 'RESERVATION_DIFFERS',
      difference: { 'held until 2026-01-01T12:00:00.000Z': -2, committed: 2 },
    },
  ],
  ['tea 3', { kind: 'RESERVATION_WITHOUT_ORDER', difference: { tea: 3 } }],
])('describes the difference as %j', (text, finding) => {
  expect(describeDifference(finding)).toBe(text);
});
