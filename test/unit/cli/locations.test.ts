import { describe, expect, test } from 'vitest';
import { formatLocations, type LocationOptions, toRequest } from '../../../cli/stock/locations.ts';
import type { LocationView } from '../../../lambdas/contracts/api/locations.ts';

const options: LocationOptions = { name: 'East', kind: 'warehouse', priority: 100, ships: true };
const location = (overrides: Partial<LocationView>): LocationView => ({
  locationId: 'east',
  name: 'East',
  kind: 'warehouse',
  active: true,
  ships: true,
  pickup: false,
  priority: 100,
  ...overrides,
});

describe('the settings of a location', () => {
  test('have the defaults of the API without options', () => {
    expect(toRequest(options)).toEqual({
      name: 'East',
      kind: 'warehouse',
      active: true,
      ships: true,
      pickup: false,
      priority: 100,
    });
  });

  test('are those of the options', () => {
    expect(
      toRequest({
        name: 'Shop',
        kind: 'store',
        priority: 5,
        ships: false,
        inactive: true,
        pickup: true,
        country: 'DE',
        postalCode: '10115',
        city: 'Berlin',
        addressLine: ['Yard 2'],
        timeZone: 'Europe/Berlin',
        externalId: { erp: '17', pos: 'B' },
      }),
    ).toEqual({
      name: 'Shop',
      kind: 'store',
      active: false,
      ships: false,
      pickup: true,
      priority: 5,
      address: { country: 'DE', postalCode: '10115', city: 'Berlin', lines: ['Yard 2'] },
      timeZone: 'Europe/Berlin',
      externalIds: { erp: '17', pos: 'B' },
    });
  });

  test('have an address with a country only', () => {
    expect(toRequest({ ...options, country: 'DE' }).address).toEqual({ country: 'DE' });
    expect(() => toRequest({ ...options, city: 'Berlin' })).toThrow('An address needs --country.');
  });
});

test('locations are printed in the order in which sourcing prefers them', () => {
  const printed = formatLocations([
    location({ locationId: 'a', priority: 200 }),
    location({ locationId: 'c', active: false }),
    location({ locationId: 'b', address: { country: 'DE' } }),
  ]);

  const ids = printed.split('\n').flatMap((line) => /│ ([abc]) /.exec(line)?.[1] ?? []);
  expect(ids).toEqual(['b', 'c', 'a']);
  expect(printed).toMatch(/│ c +│ East +│ warehouse +│ no +│ yes +│ no +│ 100 +│/);
});
