import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CAPS, CustomerSimulation, HOLD_SECONDS } from './customer-simulation.ts';
import type { Step } from './customer-steps.ts';

const RUNS = 10_000;
const STEPS_MAX = 40;
const TIMEOUT_MILLISECONDS = 120_000;
/** Longer than any hold, and than any request that might make one. */
const ALL_EXPIRED_SECONDS = 3 * 3_600;

const choice = fc.nat(20);
const key = fc.nat(3);
const order = fc.nat(4);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('place' as const),
      key,
      quantity: fc.constantFrom(1, 4, 7, 10),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pay' as const), order, key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), order, key }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('proceed' as const),
      request: choice,
      calls: fc.integer({ min: 1, max: 12 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const), request: choice }) },
  { weight: 4, arbitrary: fc.constant({ kind: 'proceedAll' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'decline' as const,
        'requireAction' as const,
        'actionDone' as const,
        'confirm' as const,
        'commit' as const,
        'complete' as const,
      ),
      order,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('compensate' as const),
      order,
      isReleased: fc.boolean(),
      isDone: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('receive' as const),
      quantity: fc.integer({ min: 1, max: 9 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      seconds: fc.constantFrom(1, 8, 60, 300, HOLD_SECONDS, 901),
    }),
  },
);
const history = fc.tuple(
  fc.constantFrom(3, 12, 200),
  fc.array(step, { minLength: 3, maxLength: STEPS_MAX }),
);

const runHistory = async ([units, steps]: readonly [
  number,
  readonly Step[],
]): Promise<CustomerSimulation> => {
  const customer = new CustomerSimulation();
  await customer.receive(units);
  for (const one of steps) await customer.play(one);
  expect(customer.errors).toEqual([]);
  return customer;
};

/** Returns whether each order is placed, one after the other. */
async function placeAll(customer: CustomerSimulation, name: string, quantities: readonly number[]) {
  const placed: boolean[] = [];
  for (const [number, quantity] of quantities.entries()) {
    const placing = customer.place(`${name}-${number}`, quantity);
    await customer.proceedAll();
    placed.push((await placing).ok);
  }
  return placed;
}

describe('the units that inventory holds for one customer, for any requests, repeats and crashes,', () => {
  test(
    'never exceed the limits',
    async () => {
      const most = { units: 0, holds: 0 };
      await fc.assert(
        fc.asyncProperty(history, async (story) => {
          const { maxUnits, maxHolds } = await runHistory(story);

          expect(maxUnits).toBeLessThanOrEqual(CAPS.units);
          expect(maxHolds).toBeLessThanOrEqual(CAPS.holds);
          most.units = Math.max(most.units, maxUnits);
          most.holds = Math.max(most.holds, maxHolds);
        }),
        { numRuns: RUNS },
      );
      expect(most).toEqual(CAPS);
    },
    TIMEOUT_MILLISECONDS,
  );

  test(
    'can reach the limits again when all holds have ended',
    async () => {
      await fc.assert(
        fc.asyncProperty(history, async (story) => {
          const customer = await runHistory(story);
          await customer.receive(100);

          await customer.play({ kind: 'wait', seconds: ALL_EXPIRED_SECONDS });
          const many = await placeAll(customer, 'many', [4, 3, 3, 1]);
          await customer.play({ kind: 'wait', seconds: ALL_EXPIRED_SECONDS });
          const whole = await placeAll(customer, 'whole', [10, 1]);

          expect(many).toEqual([true, true, true, false]);
          expect(whole).toEqual([true, false]);
        }),
        { numRuns: RUNS / 10 },
      );
    },
    TIMEOUT_MILLISECONDS,
  );
});
