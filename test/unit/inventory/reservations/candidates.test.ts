import { describe, expect, test } from 'vitest';
import {
  type Location,
  MAIN_DEFAULT,
} from '../../../../lambdas/inventory/domain/locations/location.ts';
import {
  locationsToRead,
  mergeSources,
  type ReserveLine,
  resolveSources,
} from '../../../../lambdas/inventory/domain/reservations/candidates.ts';
import { err, ok } from '../../../../lambdas/shared/core/result.ts';
import { aLocation, aStockItem, unwrap } from '../../../support/inventory.ts';

const tea = (from?: ReserveLine['from'], quantity = 3): ReserveLine => ({
  sku: 'tea',
  quantity,
  from,
});
const LOCATIONS = [
  aLocation({ locationId: 'annex' }),
  aLocation({ locationId: 'closed', active: false, priority: 1 }),
  aLocation({ locationId: 'east', priority: 50 }),
  aLocation({ locationId: 'shop', ships: false, pickup: true, priority: 2 }),
];
const settingsOf = (locations: readonly string[], records: readonly Location[] = LOCATIONS) => ({
  stockItems: new Map([['tea', aStockItem({ locations })]]),
  locations: new Map(records.map((one) => [one.locationId, one])),
});
const EVERYWHERE = ['main', 'shop', 'annex', 'east', 'closed'];
const candidatesOf = (
  lines: readonly ReserveLine[],
  settings = settingsOf(EVERYWHERE),
): readonly (readonly string[])[] =>
  unwrap(resolveSources(unwrap(mergeSources(lines)), settings)).demands.map(
    ({ candidates }) => candidates,
  );

describe('the lines of a request', () => {
  test('are merged by SKU', () => {
    const lines = [tea(), { sku: 'cup', quantity: 1 }, tea(undefined, 2)];

    expect(mergeSources(lines)).toEqual(
      ok([
        { sku: 'tea', quantity: 5, from: { split: true }, isPickup: false },
        { sku: 'cup', quantity: 1, from: { split: true }, isPickup: false },
      ]),
    );
  });

  test.each<[string, ReserveLine['from'], ReserveLine['from']]>([
    ['an id, and the same id in a list', 'east', { anyOf: ['east'], split: true }],
    ['no source, and default locations', undefined, { split: true }],
  ])('may state one source in two ways: %s', (_case, first, second) => {
    expect(mergeSources([tea(first), tea(second)])).toMatchObject({
      ok: true,
      value: [{ quantity: 6 }],
    });
  });

  test.each<[string, ReserveLine['from'], ReserveLine['from']]>([
    ['two locations', 'east', 'annex'],
    ['a location, and none', 'east', undefined],
    [
      'another order',
      { anyOf: ['east', 'annex'], split: true },
      { anyOf: ['annex', 'east'], split: true },
    ],
    ['another split', { split: true }, { split: false }],
  ])('cannot have two sources of one SKU: %s', (_case, first, second) => {
    const other = { sku: 'cup', quantity: 1, from: 'annex' };

    expect(mergeSources([tea(first), other, tea(second)])).toEqual(
      err({ kind: 'conflictingSources', skus: ['tea'] }),
    );
  });
});

describe('the candidates of a line', () => {
  test('are by default the active locations of the SKU that ship, by priority, then main, then by id', () => {
    expect(candidatesOf([tea()])).toEqual([['east', 'main', 'annex']]);
  });

  test('without a record of the location do not include it, except for main', () => {
    expect(candidatesOf([tea()], settingsOf(['main', 'annex', 'east'], []))).toEqual([['main']]);
  });

  test('of a SKU without a record are main', () => {
    expect(candidatesOf([{ sku: 'ghost', quantity: 1 }])).toEqual([['main']]);
  });

  test.each<[string, ReserveLine['from'], readonly string[]]>([
    ['a location', 'annex', ['annex']],
    ['a location that does not ship', 'shop', ['shop']],
    ['an inactive location', 'closed', []],
    [
      'several, in their own order',
      { anyOf: ['main', 'closed', 'annex', 'east'], split: true },
      ['main', 'annex', 'east'],
    ],
    ['one of them twice', { anyOf: ['annex', 'annex'], split: true }, ['annex']],
    ['default locations without a split', { split: false }, ['east', 'main', 'annex']],
  ])('are those that it names: %s', (_case, from, expected) => {
    expect(candidatesOf([tea(from)])).toEqual([expected]);
  });

  test('may be locations at which the SKU has no cells', () => {
    expect(candidatesOf([tea('east')], settingsOf(['main']))).toEqual([['east']]);
  });

  test('cannot be unknown locations, each of which is named once', () => {
    const lines = [
      tea({ anyOf: ['east', 'west'], split: true }),
      { sku: 'cup', quantity: 1, from: 'west' },
    ];

    expect(resolveSources(unwrap(mergeSources(lines)), settingsOf(EVERYWHERE))).toEqual(
      err({ kind: 'unknownLocation', locationIds: ['west'] }),
    );
  });

  test('are ordered over all lines: named ones first, as they are named', () => {
    const lines = [
      tea(),
      { sku: 'cup', quantity: 1, from: { anyOf: ['shop', 'annex'], split: true } },
    ];

    const { order } = unwrap(resolveSources(unwrap(mergeSources(lines)), settingsOf(EVERYWHERE)));

    expect(order).toEqual(['shop', 'annex', 'east', 'main']);
  });
});

describe('the location records that a request needs', () => {
  const idsFor = (lines: readonly ReserveLine[], locations: readonly string[]) =>
    locationsToRead(unwrap(mergeSources(lines)), new Map([['tea', aStockItem({ locations })]]));

  test('are none for a SKU at main only, whose settings cannot take it out of sale', () => {
    expect(idsFor([tea()], ['main'])).toEqual([]);
    expect(MAIN_DEFAULT).toMatchObject({ active: true, ships: true });
  });

  test.each<[string, ReserveLine['from'], readonly string[], readonly string[]]>([
    [
      'all locations of the SKU, main for its priority',
      undefined,
      ['main', 'east'],
      ['main', 'east'],
    ],
    [
      'the named ones without main',
      { anyOf: ['main', 'annex'], split: true },
      ['main', 'east'],
      ['annex'],
    ],
  ])('are %s', (_case, from, locations, expected) => {
    expect(idsFor([tea(from)], locations)).toEqual(expected);
  });
});

describe('the candidates of an order that is collected', () => {
  const plan = (lines: readonly ReserveLine[], settings = settingsOf(EVERYWHERE)) =>
    resolveSources(unwrap(mergeSources(lines, { isPickup: true })), settings);

  test('are the named locations at which customers collect orders', () => {
    expect(unwrap(plan([tea('shop')])).demands).toMatchObject([{ candidates: ['shop'] }]);
  });

  test.each([
    ['a location without pickup', 'annex', { kind: 'notAPickupLocation', locationIds: ['annex'] }],
    ['main without a record', 'main', { kind: 'notAPickupLocation', locationIds: ['main'] }],
    ['an unknown location', 'west', { kind: 'unknownLocation', locationIds: ['west'] }],
  ])('cannot be %s', (_case, from, error) => {
    expect(plan([tea(from)])).toEqual(err(error));
  });

  test('are none at an inactive pickup location', () => {
    const closed = aLocation({ locationId: 'shop', active: false, pickup: true });

    expect(unwrap(plan([tea('shop')], settingsOf(EVERYWHERE, [closed]))).demands).toMatchObject([
      { candidates: [] },
    ]);
  });

  test('are by default the active pickup locations, whether they ship or not', () => {
    expect(unwrap(plan([tea()])).demands).toMatchObject([{ candidates: ['shop'] }]);
  });

  test('need the record of main, which has its pickup', () => {
    const lines = unwrap(mergeSources([tea('main')], { isPickup: true }));

    expect(locationsToRead(lines, new Map())).toEqual(['main']);
  });
});
