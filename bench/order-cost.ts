import { functionLogBytes, sagaLogBytes } from './order-cost/aws-logs.ts';
import { costOfBaseline, countsOf, readBaselines } from './order-cost/baselines.ts';
import { costOfMillion, isOwnTable, type OrderCost, totalCostOf } from './order-cost/cost.ts';
import { createCostChart } from './order-cost/cost-chart.ts';
import {
  toRoundedCost,
  toRow,
  type UsagePerOrder,
  usageDetails,
  usagePerOrder,
} from './order-cost/cost-report.ts';
import {
  ABANDONED_ORDERS,
  ALONE_ORDERS,
  measureAbandonedOrders,
  measurePaidOrders,
  TOGETHER_ORDERS,
} from './order-cost/measure-orders.ts';
import {
  hasNoWrites,
  requireCleanRun,
  type StepUsages,
  usageOfAllSteps,
} from './order-cost/order-runner.ts';
import {
  addAbandoned,
  estimateSagaAtCreation,
  SAGA_AT_CREATION,
} from './order-cost/saga-at-creation.ts';
import {
  medianOf,
  mergeUsages,
  sumOf,
  transitionCountOf,
  type Usage,
  unitTotalsOf,
  withTimesOf,
} from './order-cost/usage.ts';
import { publishReport } from './report.ts';

/**
 * Calculates what an order costs: `npm run bench -- order-cost`. Places orders of two lines over
 * HTTP on the local runtime of the synthesized templates, counts everything that AWS would bill and
 * multiplies it by the list prices. The main result is for orders that are placed one at a time.
 * That is the most expensive case, because nothing is batched. For 30 concurrent orders, batches of
 * streams and queues need fewer invocations.
 */
const ABANDONED_SHARE = 0.6;
const TIME_FACTORS = [0.5, 1, 2, 5];

const GOALS = {
  completedTransitions: 4,
  completedWriteUnits: 50,
  completedUsd: 150,
  withAbandonedUsd: 175,
  againstSagaAtCreation: 0.6,
  abandonedTransitions: 0,
  abandonedWriteUnits: 12,
} as const;

const paidUsage = await measurePaidOrders();
const abandonedUsage = await measureAbandonedOrders();
const { settings, alone, crowd, cancelledUnpaid, cancelledCompleted } = paidUsage;

const usageOfStep = (name: keyof StepUsages): Usage =>
  mergeUsages(alone.map((steps) => steps[name]));
const completedUsage = mergeUsages(alone.map(usageOfAllSteps));
// Both send the same requests. There are more orders placed alone, so their median time is used.
const expiredUsage = withTimesOf(abandonedUsage.place, usageOfStep('place'));
const measurements: readonly (readonly [name: string, tally: Usage, orders: number])[] = [
  ['placed', usageOfStep('place'), ALONE_ORDERS],
  ['paid, until completed', usageOfStep('pay'), ALONE_ORDERS],
  ['fulfilled, until shipped', usageOfStep('fulfil'), ALONE_ORDERS],
  ['completed', completedUsage, ALONE_ORDERS],
  ['read by its customer', usageOfStep('look'), ALONE_ORDERS],
  [
    `completed, ${TOGETHER_ORDERS} concurrent`,
    withTimesOf(usageOfAllSteps(crowd), completedUsage),
    TOGETHER_ORDERS,
  ],
  ['abandoned', expiredUsage, ABANDONED_ORDERS],
  ['cancellation of an unpaid order', cancelledUnpaid, 1],
  ['cancellation of a completed order', cancelledCompleted, 1],
];
for (const [name, tally] of measurements) requireCleanRun(name, tally);
const orderUsages = measurements.map(
  ([what, tally, orders]): { what: string; one: UsagePerOrder } => ({
    what,
    one: usagePerOrder(tally, settings, orders),
  }),
);

const completed = costOfMillion(completedUsage, settings, { orders: ALONE_ORDERS });
const abandoned = costOfMillion(expiredUsage, settings, { orders: ABANDONED_ORDERS });
const mixedCost = addAbandoned(completed, abandoned, ABANDONED_SHARE);
const orderWrites = [...usageOfStep('pay').calls.values()].filter(
  ({ table, operation }) => table === 'orders' && operation === 'PutItem',
);
const orderWriteUnits =
  sumOf(orderWrites, ({ writeUnits }) => writeUnits) / sumOf(orderWrites, ({ calls }) => calls);
const earlySagaCost = estimateSagaAtCreation({
  completed,
  abandoned,
  cancelledUnpaid: costOfMillion(cancelledUnpaid, settings, { orders: 1 }),
  orderWriteUnits,
});
const earlySagaMixedCost = addAbandoned(
  earlySagaCost.completed,
  earlySagaCost.abandoned,
  ABANDONED_SHARE,
);
const earlySagaLeanestCost = addAbandoned(
  earlySagaCost.completed,
  earlySagaCost.abandonedLeanest,
  ABANDONED_SHARE,
);

const invocations = sumOf(completedUsage.invocations.values(), ({ count }) => count);
const baselines = readBaselines().map((peer) => ({
  peer,
  counts: countsOf(peer),
  bill: costOfBaseline(peer, {
    millisecondsPerInvocation: medianOf(
      [...completedUsage.invocations.values()].flatMap((one) => one.milliseconds),
    ),
    logBytesPerInvocation: functionLogBytes(completedUsage, settings) / invocations,
    logBytesPerTransition:
      sagaLogBytes(completedUsage, settings) / transitionCountOf(completedUsage),
  }),
}));

const completedOrder = usagePerOrder(completedUsage, settings, ALONE_ORDERS);
const abandonedOrder = usagePerOrder(expiredUsage, settings, ABANDONED_ORDERS);
const ratio = totalCostOf(mixedCost) / totalCostOf(earlySagaMixedCost);
const reached = {
  completedTransitions: completedOrder.transitions,
  completedWriteUnits: completedOrder.writeUnits,
  completedUsd: totalCostOf(completed),
  withAbandonedUsd: totalCostOf(mixedCost),
  againstSagaAtCreation: ratio,
  abandonedTransitions: abandonedOrder.transitions,
  abandonedWriteUnits: abandonedOrder.writeUnits,
} satisfies Record<keyof typeof GOALS, number>;

const bars: readonly (readonly [string, OrderCost])[] = [
  ['completed', completed],
  [`with ${ABANDONED_SHARE * 100}% abandoned`, mixedCost],
  ['the same, saga from creation', earlySagaMixedCost],
  ...baselines.map(({ peer, bill }): readonly [string, OrderCost] => [peer.name, bill]),
];
publishReport('order-cost', {
  rows: [
    ...orderUsages.map(({ what, one }) => toRow(what, one)),
    ...baselines.map(({ peer, counts, bill }) => ({
      what: peer.name,
      HTTP: counts.restRequests + counts.graphqlOperations,
      functions: counts.invocations,
      'read units': counts.readUnits,
      'write units': counts.writeUnits,
      events: counts.events,
      SQS: counts.queueRequests,
      transitions: counts.transitions,
      'USD per million': toRoundedCost(bill).total,
    })),
  ],
  result: {
    lines: 2,
    goals: Object.fromEntries(
      Object.entries(GOALS).map(([goal, atMost]) => {
        const value = Number(reached[goal as keyof typeof GOALS].toFixed(2));
        return [goal, { atMost, reached: value, isReached: value <= atMost }];
      }),
    ),
    usdPerMillion: {
      completed: toRoundedCost(completed),
      abandoned: toRoundedCost(abandoned),
      [`completed, with ${ABANDONED_SHARE * 100}% of placed orders abandoned`]:
        toRoundedCost(mixedCost),
      [`placed, ${ABANDONED_SHARE * 100}% of them abandoned`]: Number(
        (totalCostOf(mixedCost) * (1 - ABANDONED_SHARE)).toFixed(2),
      ),
      sagaAtCreation: {
        states: SAGA_AT_CREATION,
        completed: toRoundedCost(earlySagaCost.completed),
        abandoned: toRoundedCost(earlySagaCost.abandoned),
        withAbandoned: toRoundedCost(earlySagaMixedCost),
        ratio: Number(ratio.toFixed(3)),
        leanest: {
          withAbandoned: toRoundedCost(earlySagaLeanestCost),
          ratio: Number((totalCostOf(mixedCost) / totalCostOf(earlySagaLeanestCost)).toFixed(3)),
        },
      },
      byTimeOfFunctions: Object.fromEntries(
        TIME_FACTORS.map((timeFactor) => [
          timeFactor,
          Number(
            totalCostOf(
              costOfMillion(completedUsage, settings, { orders: ALONE_ORDERS, timeFactor }),
            ).toFixed(2),
          ),
        ]),
      ),
    },
    expiry: {
      wroteNothing: hasNoWrites(abandonedUsage.expiry),
      calls: unitTotalsOf(abandonedUsage.expiry, isOwnTable).calls,
    },
    perOrder: Object.fromEntries(orderUsages.map(({ what, one }) => [what, one])),
    details: Object.fromEntries(
      measurements.map(([what, tally, orders]) => [what, usageDetails(tally, orders)]),
    ),
    baselines: baselines.map(
      ({ peer: { name, repository, commit, description }, counts, bill }) => ({
        name,
        repository,
        commit,
        description,
        perOrder: counts,
        usdPerMillion: toRoundedCost(bill),
      }),
    ),
    batchSizes: settings.batchSizes,
  },
  charts: {
    'order-cost': createCostChart(
      'Cost of a completed order of two lines',
      'us-east-1, list prices; one order at a time; baselines hold no stock',
      bars,
    ),
    'order-steps': createCostChart(
      'Cost of each step of an order',
      'us-east-1, list prices; one order at a time',
      (['place', 'pay', 'fulfil'] as const).map((name) => [
        name,
        costOfMillion(usageOfStep(name), settings, { orders: ALONE_ORDERS }),
      ]),
    ),
  },
});
