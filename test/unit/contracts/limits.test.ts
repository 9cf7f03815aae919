import { describe, expect, test } from 'vitest';
import { Accounts, LostMovement } from '../../../lambdas/contracts/api/audit.ts';
import { CountTolerance, SETTING_LOCATIONS_MAX } from '../../../lambdas/contracts/api/inventory.ts';
import { PostCountRequest } from '../../../lambdas/contracts/api/repair.ts';
import { BALANCE_UNITS_MAX } from '../../../lambdas/contracts/primitives.ts';
import { LOCATIONS_PER_SKU_MAX } from '../../../lambdas/inventory/domain/ledger/stock-item.ts';

const aCount = {
  countId: 'count-1',
  sku: 'tea',
  locationId: 'main',
  counted: 5,
  countedAt: '2026-11-23T12:00:00.000Z',
  expected: 5,
  delta: 0,
  by: 'alice',
};
const aLostMovement = {
  kind: 'RECEIVED',
  quantity: 1,
  from: { account: 'outside' },
  to: { account: 'available' },
};

test('a safety stock names as many locations as a SKU may have', () => {
  expect(SETTING_LOCATIONS_MAX).toBe(LOCATIONS_PER_SKU_MAX);
});

describe('numbers at the limits of a table or of a sum', () => {
  test.each([0, 0.01, 2.5, 33.33, 100])('a tolerance of %d percent is valid', (percent) => {
    expect(CountTolerance.safeParse({ percent }).success).toBe(true);
  });

  test.each([1e-200, 0.001, 100.01, -0.01, Number.NaN])(
    'a tolerance of %d percent is none',
    (percent) => {
      expect(CountTolerance.safeParse({ percent }).success).toBe(false);
    },
  );

  test.each([
    [BALANCE_UNITS_MAX, true],
    [BALANCE_UNITS_MAX + 1, false],
    [-BALANCE_UNITS_MAX, true],
    [-BALANCE_UNITS_MAX - 1, false],
    [Number.MAX_SAFE_INTEGER, false],
  ])('%d units as an account, as a posted and as an expected quantity: %s', (units, isTaken) => {
    expect(Accounts.safeParse({ available: units, held: {}, committed: 0 }).success).toBe(isTaken);
    expect(
      Accounts.safeParse({ available: 0, held: { '1795435800': units }, committed: 0 }).success,
    ).toBe(isTaken);
    expect(PostCountRequest.safeParse({ ...aCount, delta: units }).success).toBe(isTaken);
    expect(PostCountRequest.safeParse({ ...aCount, expected: units }).success).toBe(isTaken);
  });

  test.each(['__proto__', 'tea', '-1', '1.5', '9999999999999', ''])(
    'units are held until no such time: %s',
    (slot) => {
      expect(
        Accounts.safeParse(JSON.parse(`{"available":0,"held":{"${slot}":1},"committed":0}`)).data,
      ).not.toMatchObject({
        held: { [slot]: 1 },
      });
    },
  );

  test('a lost movement has a valid quantity and time', () => {
    expect(LostMovement.safeParse(aLostMovement).success).toBe(true);
    expect(
      LostMovement.safeParse({ ...aLostMovement, quantity: BALANCE_UNITS_MAX + 1 }).success,
    ).toBe(false);
    expect(
      LostMovement.safeParse({
        ...aLostMovement,
        from: { account: 'held', bucket: 8_640_000_000_001 },
      }).success,
    ).toBe(false);
    expect(
      LostMovement.safeParse({ ...aLostMovement, effectiveAt: 8_640_000_000_000_001 }).success,
    ).toBe(false);
  });
});
