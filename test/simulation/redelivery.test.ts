import { afterAll, describe, expect, inject, test } from 'vitest';
import {
  EVENT_CONSUMER_SECONDS,
  STOCK_OUTCOME_SECONDS_MAX,
  STUCK_SECONDS,
} from '../../lambdas/shared/events/delivery-times.ts';
import { ALICE, Harness, STAFF } from '../fault-injection/flows/harness.ts';
import { orderPath, payOrder, placeUnpaidOrder } from '../fault-injection/flows/steps.ts';
import { idealConditions } from '../simulator/conditions.ts';
import type { Call, Fault } from '../simulator/service-calls.ts';
import { loadSystemModel } from '../simulator/system-model.ts';

const systemModel = await loadSystemModel(inject('assembly'));
const SECOND = 1_000;

/** A consumer that fails at the first call of its first invocations, a given number of times. */
type ConsumerFailure = { readonly consumer: string; readonly times: number; readonly fault: Fault };

function failConsumers(all: readonly ConsumerFailure[]): (call: Call) => Fault | undefined {
  const failed = new Map(all.map(({ consumer }) => [consumer, new Set<string>()]));
  return ({ invocation, index }) => {
    const one = all.find(({ consumer }) => consumer === invocation.functionName);
    const invocations = failed.get(invocation.functionName);
    if (one === undefined || invocations === undefined || index > 0) return undefined;
    if (invocations.size < one.times) invocations.add(invocation.name);
    return invocations.has(invocation.name) ? one.fault : undefined;
  };
}

/** Pays an order while its consumers fail. Returns the duration and the result. */
async function payWithFaults(faultOf: (call: Call) => Fault | undefined) {
  const harness = new Harness(systemModel);
  const { world } = harness;
  return world.run(async () => {
    await placeUnpaidOrder(harness);
    world.conditions = { ...idealConditions, faultPlan: { delays: () => [0, 0], faultOf } };
    const start = world.time.now;
    await payOrder(harness, 'pm_ok');
    const ended = Promise.withResolvers<number>();
    const waitForEnd = async (): Promise<void> => {
      while (['PAYING', 'CONFIRMED', 'CANCELLING'].includes(harness.orderStatuses().join()))
        await world.time.wait(SECOND / 10);
      ended.resolve(world.time.now);
    };
    void waitForEnd();
    const seconds = ((await ended.promise) - start) / SECOND;
    await world.settle();
    const { body: stock } = await world.request<{
      onHand: number;
      available: number;
      committed: number;
    }>('GET /stock/tea', { by: STAFF });
    const { body: order } = await world.request<{ status: string }>(`GET ${orderPath(harness)}`, {
      by: ALICE,
    });
    const { onHand, available, committed } = stock;
    return {
      seconds,
      status: order.status,
      stock: { onHand, available, committed },
      wrong: harness.findViolations(),
    };
  });
}

const COMPLETED = {
  status: 'COMPLETED',
  stock: { onHand: 10, available: 8, committed: 2 },
  wrong: [],
};
const ERROR: Fault = 'throttleAlways';
const CRASH: Fault = 'crashBefore';
const COMMIT = 'inventory/commit-reservation';
const RECORD_STOCK_OUTCOME = 'orders/record-stock-outcome';
const COMPLETE = 'orders/complete-order';

const measurements: { consumer: string; fails: string; seconds: number }[] = [];
afterAll(() => console.table(measurements));

describe.each([COMMIT, RECORD_STOCK_OUTCOME, COMPLETE])('%s', (consumer) => {
  test.each<[by: string, times: number, seconds: number, fault: Fault]>([
    ['an error', 1, 2, ERROR],
    ['an error', 2, 10, ERROR],
    ['an error', 3, 40, ERROR],
    ['an error', 4, 100, ERROR],
    ['a crash', 1, 60, CRASH],
    ['a crash', 2, 120, CRASH],
    ['a crash', 3, 180, CRASH],
    ['a crash', 4, 240, CRASH],
  ])(
    'fails by %s in %i of 5 receives: the order completes after %i s and commits its units once',
    async (by, times, delays, fault) => {
      const { seconds, ...end } = await payWithFaults(failConsumers([{ consumer, times, fault }]));
      measurements.push({ consumer, fails: `by ${by}, ${times} of 5 receives`, seconds });

      expect(end).toEqual(COMPLETED);
      expect(seconds).toBeGreaterThanOrEqual(delays);
      expect(seconds).toBeLessThan(delays + times * EVENT_CONSUMER_SECONDS);
    },
  );
});

describe('an order', () => {
  test('completes when each of its messages succeeds at its last receive', async () => {
    const all = [COMMIT, RECORD_STOCK_OUTCOME, COMPLETE].map((consumer) => ({
      consumer,
      times: 4,
      fault: CRASH,
    }));

    const { seconds, ...end } = await payWithFaults(failConsumers(all));
    measurements.push({ consumer: 'all three', fails: 'by a crash, 4 of 5 receives', seconds });

    expect(end).toEqual(COMPLETED);
    expect(seconds).toBeLessThan(STUCK_SECONDS);
  });

  test.each<[how: string, fault: Fault]>([
    ['rejects a part of the batch', 'partialBatch'],
    ['does not respond', 'timeoutAlways'],
    ['throttles the request', 'throttleAlways'],
    ['is not called because the consumer crashes', 'crashBefore'],
  ])(
    'completes after the visibility timeout when its message fails and SQS %s',
    async (_how, fault) => {
      const consumerFails = failConsumers([{ consumer: COMMIT, times: 1, fault: ERROR }]);

      const { seconds, ...end } = await payWithFaults((call) =>
        call.service === 'sqs' ? fault : consumerFails(call),
      );

      expect(end).toEqual(COMPLETED);
      expect(seconds).toBeGreaterThanOrEqual(60);
      expect(seconds).toBeLessThan(61);
    },
  );
});

test('an order whose commit fails at every receive is cancelled after the stock outcome timeout', async () => {
  const { seconds, status, stock } = await payWithFaults(
    failConsumers([{ consumer: COMMIT, times: 5, fault: CRASH }]),
  );

  expect(status).toBe('CANCELLED');
  expect(seconds).toBeGreaterThanOrEqual(STOCK_OUTCOME_SECONDS_MAX);
  expect(seconds).toBeLessThan(STOCK_OUTCOME_SECONDS_MAX + 1);
  expect(stock).toEqual({ onHand: 10, available: 10, committed: 0 });
});
