import { describe, expect, test } from 'vitest';
import { RepairReservationRequest } from '../../../lambdas/contracts/api/repair.ts';

const aRestoreRequest = (skus: readonly string[]) => ({
  findingId: 'fnd-1',
  version: 0,
  action: 'restore',
  placedAt: '2026-11-24T00:00:00.000Z',
  lines: skus.map((sku) => ({ sku, quantity: 1 })),
});

describe('the lines from which a reservation is restored', () => {
  test('are of one SKU each', () => {
    expect(RepairReservationRequest.safeParse(aRestoreRequest(['tea', 'cup'])).success).toBe(true);
  });

  test('are refused where two have one SKU: its record would be asked for twice', () => {
    const { error } = RepairReservationRequest.safeParse(aRestoreRequest(['tea', 'cup', 'tea']));

    expect(error?.issues).toMatchObject([{ path: ['lines'], message: 'must name each SKU once' }]);
  });
});
