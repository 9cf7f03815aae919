import { describe, expect, test } from 'vitest';
import { MAIN_DEFAULT } from '../../../../lambdas/inventory/domain/locations/location.ts';
import {
  decidePutLocation,
  type PutLocation,
} from '../../../../lambdas/inventory/domain/locations/put-location.ts';
import {
  getLocation,
  putLocation,
} from '../../../../lambdas/inventory/use-cases/locations/locations.ts';
import { err, ok } from '../../../../lambdas/shared/core/result.ts';
import { aLocation, NOON, seconds } from '../../../support/inventory.ts';
import { MemoryLocationStore } from '../../../support/memory-location-store.ts';

const LATER = NOON + seconds(60);
const putCommand = (overrides: Partial<PutLocation> = {}): PutLocation => ({
  locationId: 'annex',
  name: 'New annex',
  kind: 'store',
  active: true,
  ships: false,
  pickup: true,
  priority: 7,
  now: LATER,
  correlationId: 'corr-1',
  ...overrides,
});

describe('the settings of a location', () => {
  test('create it', () => {
    expect(decidePutLocation(undefined, putCommand())).toEqual(
      ok({
        isNew: true,
        location: aLocation({
          name: 'New annex',
          kind: 'store',
          ships: false,
          pickup: true,
          priority: 7,
          createdAt: '2026-01-01T12:01:00.000Z',
          updatedAt: '2026-01-01T12:01:00.000Z',
          correlationId: 'corr-1',
        }),
      }),
    );
  });

  test('replace all earlier ones', () => {
    const before = aLocation({ version: 3, timeZone: 'Europe/Berlin', externalIds: { erp: '7' } });

    expect(decidePutLocation(before, putCommand())).toEqual(
      ok({
        isNew: false,
        location: aLocation({
          name: 'New annex',
          kind: 'store',
          ships: false,
          pickup: true,
          priority: 7,
          version: 4,
          updatedAt: '2026-01-01T12:01:00.000Z',
          correlationId: 'corr-1',
        }),
      }),
    );
  });

  test('of main are stored as its first version, and replace its defaults', () => {
    const decided = decidePutLocation(
      MAIN_DEFAULT,
      putCommand({ locationId: 'main', ships: true }),
    );

    expect(decided).toMatchObject({
      ok: true,
      value: {
        isNew: false,
        location: { locationId: 'main', version: 1, createdAt: '2026-01-01T12:01:00.000Z' },
      },
    });
  });

  test.each([{ active: false }, { ships: false }, { active: false, ships: false }])(
    'cannot take main out of sale: %o',
    (settings) => {
      const command = putCommand({ ships: true, ...settings });

      expect(decidePutLocation(MAIN_DEFAULT, { ...command, locationId: 'main' })).toEqual(
        err({ kind: 'locationInUse' }),
      );
      expect(decidePutLocation(undefined, command).ok).toBe(true);
    },
  );
});

describe('a request for a location', () => {
  test('writes the version after the stored one, and tries again after another request', async () => {
    const store = new MemoryLocationStore([aLocation({ version: 5 })]);
    store.beforeReplace = () => store.locations.set('annex', aLocation({ version: 6 }));

    const result = await putLocation(store, putCommand());

    expect(result).toMatchObject({ ok: true, value: { location: { version: 7 } } });
    expect(store.locations.get('annex')).toMatchObject({ version: 7, name: 'New annex' });
  });

  test('writes nothing when it is rejected', async () => {
    const store = new MemoryLocationStore([]);

    const result = await putLocation(store, putCommand({ locationId: 'main', active: false }));

    expect(result).toEqual(err({ kind: 'locationInUse' }));
    expect(store.locations.size).toBe(0);
  });

  test('finds main without a record, and no other location', async () => {
    const store = new MemoryLocationStore([]);

    expect(await getLocation(store, 'main')).toEqual(ok(MAIN_DEFAULT));
    expect(await getLocation(store, 'annex')).toEqual(err({ kind: 'notFound' }));
  });

  test('returns the stored settings of main', async () => {
    const main = aLocation({ locationId: 'main', name: 'Head office' });

    expect(await getLocation(new MemoryLocationStore([main]), 'main')).toEqual(ok(main));
  });
});
