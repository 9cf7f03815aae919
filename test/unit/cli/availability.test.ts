import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { formatAvailability } from '../../../cli/stock/availability.ts';

const item = {
  sku: 'tea',
  sellable: 7,
  onHand: 10,
  locations: [{ locationId: 'main', sellable: 7, onHand: 10 }],
};
const asOf = '2026-01-01T12:00:00.000Z';
const linesOf = (text: string) =>
  stripVTControlCharacters(text)
    .split('\n')
    .map((line) => line.replaceAll(/[│ ]+/g, ' ').trim());

test('the availability of a SKU is printed with that of its locations', () => {
  const lines = linesOf(formatAvailability({ asOf, items: [item], unknown: [] }));

  expect(lines).toContain('tea all 7 10');
  expect(lines).toContain('main 7 10');
});

test('an unknown SKU is named, without an empty table', () => {
  expect(formatAvailability({ asOf, items: [], unknown: ['mug'] })).toBe('There is no SKU mug.');
});
