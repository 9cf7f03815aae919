import { describe, expect, test } from 'vitest';
import type { OrderStatus } from '../../../../lambdas/contracts/api/orders.ts';
import type { Saga } from '../../../../lambdas/orders/domain/order.ts';
import { executionStatusOf } from '../../../../lambdas/orders/domain/saga-retention.ts';
import { startSaga } from '../../../../lambdas/orders/use-cases/saga/start-saga.ts';
import { NOON, seconds } from '../../../support/inventory.ts';
import { anOrderIn } from '../../../support/orders/orders.ts';

const DAY = seconds(86_400);
const saga: Saga = { machine: 'process', name: 'ord-1-1' };
const request = { fingerprint: 'print', responseStatus: 'PAYING', saga } as const;
const orderIn = (status: OrderStatus) =>
  anOrderIn(status, {
    saga,
    requests: { 'op-1': request },
    timeline: [{ at: new Date(NOON).toISOString(), status }],
  });

async function startedSagas(status: OrderStatus, age: number): Promise<readonly string[]> {
  const names: string[] = [];
  const sagas = { start: async ({ name }: Saga) => void names.push(name) };
  await startSaga(sagas, orderIn(status), 'op-1', NOON + age);
  return names;
}

describe('starting a saga again', () => {
  test.each<[OrderStatus, number, boolean]>([
    ['PAYING', 0, true],
    ['PAYING', 89 * DAY, true],
    // Step Functions may have deleted the execution.
    ['PAYING', 89 * DAY + 1, false],
    ['CANCELLING', 91 * DAY, false],
    ['COMPLETED', 0, false],
    ['FULFILLED', 200 * DAY, false],
  ])('is allowed for an order that is %s for %i ms: %s', async (status, age, isStarted) => {
    expect(await startedSagas(status, age)).toEqual(isStarted ? ['ord-1-1'] : []);
  });

  test.each([
    [89 * DAY, 'NOT_STARTED'],
    [89 * DAY + 1, 'NOT_RETAINED'],
  ])('reports a missing saga after %i ms as %s', (age, execution) => {
    expect(executionStatusOf(orderIn('PAYING'), 'NOT_STARTED', NOON + age)).toBe(execution);
    expect(executionStatusOf(orderIn('PAYING'), 'FAILED', NOON + age)).toBe('FAILED');
  });
});
