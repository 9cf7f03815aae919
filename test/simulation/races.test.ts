import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { checkInvariants, readSystemState } from '../simulator/checks/invariants.ts';
import { RejectionChecker } from '../simulator/checks/rejection-checker.ts';
import { idealConditions } from '../simulator/conditions.ts';
import { requestWithRetry } from '../simulator/functions/retrying-client.ts';
import { loadSystemModel } from '../simulator/system-model.ts';
import { World } from '../simulator/world.ts';

const RUNS = Number(process.env.RACE_RUNS ?? 60);
const STAFF = { user: 'staff' };
const SERVICE = { service: 'arn:aws:sts::000000000000:assumed-role/test/service' };
const MINUTE = 60 * 1_000;
const UNITS = 4;

const systemModel = await loadSystemModel(inject('assembly'));

/**
 * Concurrent requests for four units of tea at each of two locations. Two units at `main` are held
 * by `ord_0`, whose hold may have expired.
 */
const locationId = fc.constantFrom('main', 'main', 'east');
const racerArbitrary = fc.oneof(
  fc.record({
    kind: fc.constant('reserve' as const),
    quantity: fc.integer({ min: 1, max: UNITS }),
    locationId,
    isTwice: fc.boolean(),
  }),
  fc.record({
    kind: fc.constantFrom('release', 'extend', 'commit', 'receive', 'adjust', 'spread'),
    locationId,
  }),
  fc.record({ kind: fc.constant('shards' as const), quantity: fc.integer({ min: 1, max: 3 }) }),
);
/** Steps that return units. A request that was rejected correctly may succeed after them. */
const UNIT_RETURNING_KINDS = ['receive', 'release'];
type Racer = {
  readonly kind: string;
  readonly quantity?: number;
  readonly locationId?: string;
  readonly isTwice?: boolean;
};

async function runRacer(
  world: World,
  rejectionChecker: RejectionChecker,
  { kind, quantity = 1, locationId: at = 'main', isTwice = false }: Racer,
  number: number,
  returnsUnits: boolean,
): Promise<void> {
  switch (kind) {
    case 'reserve': {
      const lines = [{ sku: 'tea', quantity, from: at }];
      const once = async (): Promise<number> => {
        const stopWatching = rejectionChecker.watch(lines, [at]);
        const { status, body } = await requestWithRetry(world, `PUT /reservations/ord_${number}`, {
          by: SERVICE,
          body: { lines, holdSeconds: 600 },
        });
        stopWatching(status === 409 && body.code === 'INSUFFICIENT_STOCK', `ord_${number}`);
        return status;
      };
      const [first, second] = await Promise.all([once(), isTwice ? once() : undefined]);
      // Duplicates get the same result, unless units were returned between them.
      if (!returnsUnits && second !== undefined && first < 300 !== second < 300)
        throw new Error(`duplicates returned ${first} and ${second}`);
      return;
    }
    case 'release':
      await requestWithRetry(world, 'DELETE /reservations/ord_0', { by: SERVICE });
      return;
    case 'extend':
      await requestWithRetry(world, 'POST /reservations/ord_0/extension', {
        by: SERVICE,
        key: `extend-${number}`,
        body: { holdSeconds: 900 },
      });
      return;
    case 'receive':
      await requestWithRetry(world, 'POST /stock/tea/receipts', {
        by: STAFF,
        key: `in-${number}`,
        body: { quantity: 1, locationId: at },
      });
      return;
    case 'adjust':
      await requestWithRetry(world, 'POST /stock/tea/adjustments', {
        by: STAFF,
        key: `out-${number}`,
        body: { delta: -1, reason: 'damaged', locationId: at },
      });
      return;
    case 'shards':
      await requestWithRetry(world, 'PUT /stock/tea', {
        by: STAFF,
        body: { name: 'tea', shardCount: quantity },
      });
      return;
    case 'spread':
      await world.invokeHandler(
        'inventory/rebalance-stock',
        createQueueEvent('StockShardsChanged', SHARDS_CHANGED),
      );
      return;
    default: {
      const message = createQueueEvent('OrderConfirmed', ORDER_CONFIRMED);
      // No step here should make the message fail.
      const result = await world.invokeHandler('inventory/commit-reservation', message);
      if (!result.ok || JSON.stringify(result.payload) !== '{"batchItemFailures":[]}')
        throw new Error(`The commit failed: ${JSON.stringify(result)}`);
    }
  }
}

const ORDER_CONFIRMED = {
  orderId: 'ord_0',
  customerId: 'alice',
  lines: [{ sku: 'tea', quantity: 2 }],
  total: { amount: 1, currency: 'EUR' },
};
const SHARDS_CHANGED = { sku: 'tea', shardCount: 2, shardCountBefore: 1 };

const createQueueEvent = (type: string, data: object): object => ({
  Records: [
    {
      messageId: 'message-1',
      attributes: { ApproximateReceiveCount: '1' },
      body: JSON.stringify({
        'detail-type': type,
        detail: {
          eventId: 'event-1',
          version: 1,
          occurredAt: new Date().toISOString(),
          correlationId: 'corr-1',
          data,
        },
      }),
    },
  ],
});

test('requests for the same units, in any order of their calls, break no invariant and are not rejected wrongly', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(racerArbitrary, { minLength: 2, maxLength: 5 }),
      fc.boolean(),
      fc.constantFrom(1, 2, 3),
      async (scheduler, racers, isExpired, shardCount) => {
        const rejectionChecker: RejectionChecker = new RejectionChecker(() => world);
        const world: World = new World(systemModel, idealConditions, {
          onChange: (_, change) => rejectionChecker.recordChange(change),
        });
        await world.run(async () => {
          await world.request('PUT /stock/tea', { by: STAFF, body: { name: 'tea', shardCount } });
          for (const place of ['main', 'east'])
            await world.request('POST /stock/tea/receipts', {
              by: STAFF,
              key: `first-${place}`,
              body: { quantity: UNITS, locationId: place, createLocation: true },
            });
          await world.settle();
          const lines = [{ sku: 'tea', quantity: 2, from: 'main' }];
          await world.request('PUT /reservations/ord_0', {
            by: SERVICE,
            body: { lines, holdSeconds: 600 },
          });
          if (isExpired) await world.time.wait(12 * MINUTE);
          await world.settle();

          world.conditions = {
            ...idealConditions,
            faultPlan: {
              ...idealConditions.faultPlan,
              waitForTurn: ({ service, operation, invocation }) =>
                service === 'dynamodb'
                  ? scheduler.schedule(Promise.resolve(), `${invocation.functionName} ${operation}`)
                  : Promise.resolve(),
            },
          };
          const returnsUnits = racers.some(({ kind }) => UNIT_RETURNING_KINDS.includes(kind));
          await scheduler.waitFor(
            Promise.all(
              racers.map((one, index) =>
                runRacer(world, rejectionChecker, one, index + 1, returnsUnits),
              ),
            ),
          );
          world.conditions = idealConditions;
          await scheduler.waitIdle();
          await world.settle();

          const wrong = checkInvariants(readSystemState(world), world.time.now);
          expect([...wrong, ...rejectionChecker.violations, ...world.serverErrors]).toEqual([]);
        });
      },
    ),
    { numRuns: RUNS },
  );
});
