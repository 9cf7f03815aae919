import { describe, expect, test } from 'vitest';
import { RepairReservationRequest } from '../../../lambdas/contracts/api/repair.ts';

const aRestoreRequest = (skus: readonly string[]) => ({
  findingId: 'fnd-1',
  version: 0,
  action: 'restore',
  placedAt: '2026-11-24T00:00:00.000Z',
  lines: skus.map((sku) => ({ sku, quantity: 1 })),
});

describe('the lines of a restored reservation', () => {
  test('have one SKU each', () => {
    expect(RepairReservationRequest.safeParse(aRestoreRequest(['tea', 'cup'])).success).toBe(true);
  });

  test('are rejected if two have the same SKU, whose record would be read twice', () => {
    const { error } = RepairReservationRequest.safeParse(aRestoreRequest(['tea', 'cup', 'tea']));

    expect(error?.issues).toMatchObject([{ path: ['lines'], message: 'must name each SKU once' }]);
  });
});
