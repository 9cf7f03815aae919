import { randomUUID } from 'node:crypto';
import { expect, inject, test } from 'vitest';
import { runSmokeTest } from '../../cli/smoke-test.ts';
import { alice, call, getStock, staff } from '../support/e2e/e2e.ts';

const callers = () => ({
  staff: { url: inject('apiUrl'), token: staff() },
  customer: { url: inject('apiUrl'), token: alice() },
});

const runSmoke = (sku: string, paymentMethod: string, steps: string[] = []) =>
  runSmokeTest({
    ...callers(),
    sku,
    paymentMethod,
    waitSecondsMax: 30,
    onStep: (step) => steps.push(step),
  });

test('runs every step and leaves no units behind', async () => {
  const sku = `smoke-${randomUUID().slice(0, 8)}`;
  const steps: string[] = [];

  const { failures, leftovers } = await runSmoke(sku, 'pm_ok', steps);

  expect({ failures, leftovers }).toEqual({ failures: [], leftovers: [] });
  expect(steps).toHaveLength(9);
  expect(await getStock(sku)).toMatchObject({ onHand: 0, available: 0, held: 0, committed: 0 });
});

test('names the failed step and cleans up', async () => {
  const sku = `smoke-${randomUUID().slice(0, 8)}`;

  // The payment is declined, so the order is never completed. The test does not wait for a minute.
  const { failures } = await runSmokeTest({
    ...callers(),
    sku,
    paymentMethod: 'pm_declined',
    waitSecondsMax: 1,
    onStep: () => {},
  });

  expect(failures).toEqual([
    expect.stringContaining('it is paid, and its stock committed: order COMPLETED was not reached'),
  ]);
  expect(await getStock(sku)).toMatchObject({ available: 0, held: 0 });
  expect((await call(`GET /stock/${sku}`, { token: staff() })).status).toBe(200);
});
