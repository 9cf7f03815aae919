import { expect, test } from 'vitest';
import {
  compareLocations,
  MAIN_DEFAULT,
} from '../../../../lambdas/inventory/domain/locations/location.ts';

test('locations are ordered by priority, and then by id', () => {
  const at = (locationId: string, priority: number) => ({ ...MAIN_DEFAULT, locationId, priority });

  const sorted = [at('b', 100), at('c', 20), at('a', 100), at('d', 3)].sort(compareLocations);

  expect(sorted.map(({ locationId }) => locationId)).toEqual(['d', 'c', 'a', 'b']);
  expect(compareLocations(at('a', 1), at('a', 1))).toBe(0);
});

test('the main location is active and ships before it has a record', () => {
  expect(MAIN_DEFAULT).toMatchObject({
    locationId: 'main',
    active: true,
    ships: true,
    pickup: false,
    priority: 100,
    version: 0,
  });
});
