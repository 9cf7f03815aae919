import { randomUUID } from 'node:crypto';
import { expect, inject, test } from 'vitest';
import { smoke } from '../../cli/smoke-story.ts';
import { alice, call, staff, stockOf } from '../support/e2e/e2e.ts';

const callers = () => ({
  staff: { url: inject('apiUrl'), token: staff() },
  customer: { url: inject('apiUrl'), token: alice() },
});

const smoked = (sku: string, paymentMethod: string, steps: string[] = []) =>
  smoke({
    ...callers(),
    sku,
    paymentMethod,
    waitSecondsMax: 30,
    told: (step) => steps.push(step),
  });

test('the smoke test of a stage plays its story to the end, and leaves no unit behind', async () => {
  const sku = `smoke-${randomUUID().slice(0, 8)}`;
  const steps: string[] = [];

  const { faults, leftovers } = await smoked(sku, 'pm_ok', steps);

  expect({ faults, leftovers }).toEqual({ faults: [], leftovers: [] });
  expect(steps).toHaveLength(8);
  expect(await stockOf(sku)).toMatchObject({ onHand: 0, available: 0, held: 0, committed: 0 });
});

test('it says which step went wrong, and cleans up all the same', async () => {
  const sku = `smoke-${randomUUID().slice(0, 8)}`;

  // Declined: the order is never completed. A minute would be long to wait for that.
  const { faults } = await smoke({
    ...callers(),
    sku,
    paymentMethod: 'pm_declined',
    waitSecondsMax: 1,
    told: () => {},
  });

  expect(faults).toEqual([
    expect.stringContaining('it is paid, and its stock committed: order COMPLETED was not so'),
  ]);
  expect(await stockOf(sku)).toMatchObject({ available: 0, held: 0 });
  expect((await call(`GET /stock/${sku}`, { token: staff() })).status).toBe(200);
});
