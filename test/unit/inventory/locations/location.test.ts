import { expect, test } from 'vitest';
import {
  compareLocations,
  MAIN_DEFAULT,
} from '../../../../lambdas/inventory/domain/locations/location.ts';

test('locations are ordered by priority, then main, and then by id', () => {
  const at = (locationId: string, priority: number) => ({ ...MAIN_DEFAULT, locationId, priority });

  const sorted = [
    at('b', 100),
    at('main', 100),
    at('c', 20),
    at('a', 100),
    at('d', 3),
    at('main', 101),
    at('z', 101),
  ].sort(compareLocations);

  expect(sorted.map(({ locationId, priority }) => `${locationId} ${priority}`)).toEqual([
    'd 3',
    'c 20',
    'main 100',
    'a 100',
    'b 100',
    'main 101',
    'z 101',
  ]);
  for (const id of ['a', 'main']) expect(compareLocations(at(id, 1), at(id, 1))).toBe(0);
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
