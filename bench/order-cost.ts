import { stackedBarChart } from './charts.ts';
import { functionLogBytes, sagaLogBytes } from './order-cost/aws-logs.ts';
import { type Bill, billOf, isOurs, type Service, totalOf } from './order-cost/bill.ts';
import { Flow, refuseUnclean, type Steps, wholeOf, wroteNothing } from './order-cost/flow.ts';
import { billOfPeer, countsOf, readPeers } from './order-cost/peers.ts';
import { SAGA_AT_CREATION, sagaAtCreation, withAbandoned } from './order-cost/saga-at-creation.ts';
import { openStage } from './order-cost/stage.ts';
import {
  medianOf,
  sumOf,
  type Tally,
  timedAs,
  together,
  transitionsOf,
  unitsOf,
} from './order-cost/tally.ts';
import { inDetail, type PerOrder, perOrder, rowOf, toldBill } from './order-cost/told.ts';
import { report } from './report.ts';

/**
 * What an order costs, `npm run bench:order`: plays orders of two lines over HTTP on the local runtime of the synthesized templates, counts
 * everything that AWS would bill, and multiplies by its list prices. The headline is of orders that come one at a time, which is the dearest:
 * nothing is batched. Where 30 come together, batches of streams and queues have less to invoke.
 */
const ALONE_ORDERS = 8;
const TOGETHER_ORDERS = 30;
const ABANDONED_ORDERS = 3;
const ABANDONED_SHARE = 0.6;
/** Short, so that a hold lapses while the bench waits. */
const SHORT_HOLD = { holdSeconds: '3', holdSlotSeconds: '1' };
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

const say = (line: string): void => console.error(line);

async function paidOrders() {
  const stage = await openStage();
  try {
    const flow = await Flow.open(stage);
    say('every function runs once, uncounted');
    await flow.complete(1);
    await flow.cancelUnpaid();
    await flow.cancelCompleted();
    const alone: Steps[] = [];
    for (let order = 1; order <= ALONE_ORDERS; order += 1) {
      say(`order ${order} of ${ALONE_ORDERS}, alone`);
      alone.push(await flow.complete(1));
    }
    say(`${TOGETHER_ORDERS} orders together`);
    const crowd = await flow.complete(TOGETHER_ORDERS);
    const cancelledUnpaid = await flow.cancelUnpaid();
    const cancelledCompleted = await flow.cancelCompleted();
    return { settings: stage.settings, alone, crowd, cancelledUnpaid, cancelledCompleted };
  } finally {
    await stage.stop();
  }
}

async function abandonedOrders() {
  const stage = await openStage(SHORT_HOLD);
  try {
    const flow = await Flow.open(stage);
    await flow.abandon();
    const abandoned: { place: Tally; lapse: Tally }[] = [];
    for (let order = 1; order <= ABANDONED_ORDERS; order += 1) {
      say(`order ${order} of ${ABANDONED_ORDERS}, abandoned`);
      abandoned.push(await flow.abandon());
    }
    return {
      place: together(abandoned.map(({ place }) => place)),
      lapse: together(abandoned.map(({ lapse }) => lapse)),
    };
  } finally {
    await stage.stop();
  }
}

const paid = await paidOrders();
const left = await abandonedOrders();
const { settings, alone, crowd, cancelledUnpaid, cancelledCompleted } = paid;

const step = (name: keyof Steps): Tally => together(alone.map((steps) => steps[name]));
const whole = together(alone.map(wholeOf));
// The same requests: of those that were placed alone there are more to take the median of.
const lapsed = timedAs(left.place, step('place'));
const counted: readonly (readonly [name: string, tally: Tally, orders: number])[] = [
  ['placed', step('place'), ALONE_ORDERS],
  ['paid, until completed', step('pay'), ALONE_ORDERS],
  ['fulfilled, until shipped', step('fulfil'), ALONE_ORDERS],
  ['completed', whole, ALONE_ORDERS],
  ['a look of its customer', step('look'), ALONE_ORDERS],
  [`completed, ${TOGETHER_ORDERS} together`, timedAs(wholeOf(crowd), whole), TOGETHER_ORDERS],
  ['abandoned', lapsed, ABANDONED_ORDERS],
  ['cancelled while unpaid (the cancelling)', cancelledUnpaid, 1],
  ['cancelled when completed (the cancelling)', cancelledCompleted, 1],
];
for (const [name, tally] of counted) refuseUnclean(name, tally);
const told = counted.map(([what, tally, orders]): { what: string; one: PerOrder } => ({
  what,
  one: perOrder(tally, settings, orders),
}));

const completed = billOf(whole, settings, { orders: ALONE_ORDERS });
const abandoned = billOf(lapsed, settings, { orders: ABANDONED_ORDERS });
const mixed = withAbandoned(completed, abandoned, ABANDONED_SHARE);
const orderWrites = [...step('pay').calls.values()].filter(
  ({ table, operation }) => table === 'orders' && operation === 'PutItem',
);
const orderWriteUnits =
  sumOf(orderWrites, ({ writeUnits }) => writeUnits) / sumOf(orderWrites, ({ calls }) => calls);
const early = sagaAtCreation({
  completed,
  abandoned,
  cancelledUnpaid: billOf(cancelledUnpaid, settings, { orders: 1 }),
  orderWriteUnits,
});
const earlyMixed = withAbandoned(early.completed, early.abandoned, ABANDONED_SHARE);
const earlyLeanest = withAbandoned(early.completed, early.abandonedLeanest, ABANDONED_SHARE);

const invocations = sumOf(whole.invocations.values(), ({ count }) => count);
const peers = readPeers().map((peer) => ({
  peer,
  counts: countsOf(peer),
  bill: billOfPeer(peer, {
    millisecondsPerInvocation: medianOf(
      [...whole.invocations.values()].flatMap((one) => one.milliseconds),
    ),
    logBytesPerInvocation: functionLogBytes(whole, settings) / invocations,
    logBytesPerTransition: sagaLogBytes(whole, settings) / transitionsOf(whole),
  }),
}));

const completedOne = perOrder(whole, settings, ALONE_ORDERS);
const abandonedOne = perOrder(lapsed, settings, ABANDONED_ORDERS);
const ratio = totalOf(mixed) / totalOf(earlyMixed);
const reached = {
  completedTransitions: completedOne.transitions,
  completedWriteUnits: completedOne.writeUnits,
  completedUsd: totalOf(completed),
  withAbandonedUsd: totalOf(mixed),
  againstSagaAtCreation: ratio,
  abandonedTransitions: abandonedOne.transitions,
  abandonedWriteUnits: abandonedOne.writeUnits,
} satisfies Record<keyof typeof GOALS, number>;

const bars: readonly (readonly [string, Bill])[] = [
  ['completed', completed],
  [`with ${ABANDONED_SHARE * 100}% abandoned`, mixed],
  ['the same, saga from creation', earlyMixed],
  ...peers.map(({ peer, bill }): readonly [string, Bill] => [peer.name, bill]),
];
/** As many parts as there are colours that everybody can tell apart. */
const CHART_PARTS: Readonly<Record<string, readonly Service[]>> = {
  'Step Functions': ['Step Functions'],
  DynamoDB: ['DynamoDB writes', 'DynamoDB reads'],
  'EventBridge, SQS': ['EventBridge', 'SQS and SNS'],
  HTTP: ['HTTP'],
  Lambda: ['Lambda requests', 'Lambda time'],
  logs: ['logs'],
  'X-Ray': ['X-Ray'],
};
const stacked = (
  title: string,
  subtitle: string,
  of: readonly (readonly [string, Bill])[],
): string =>
  stackedBarChart({
    title,
    subtitle,
    valueName: 'USD per million orders that are completed',
    horizontal: true,
    categories: of.map(([name]) => name),
    series: Object.entries(CHART_PARTS).map(([name, services]) => ({
      name,
      values: of.map(([, bill]) => Number(sumOf(services, (service) => bill[service]).toFixed(2))),
    })),
  });

report('order', {
  rows: [
    ...told.map(({ what, one }) => rowOf(what, one)),
    ...peers.map(({ peer, counts, bill }) => ({
      what: peer.name,
      HTTP: counts.restRequests + counts.graphqlOperations,
      functions: counts.invocations,
      'read units': counts.readUnits,
      'write units': counts.writeUnits,
      events: counts.events,
      SQS: counts.queueRequests,
      transitions: counts.transitions,
      'USD per million': toldBill(bill).total,
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
      completed: toldBill(completed),
      abandoned: toldBill(abandoned),
      [`completed, with ${ABANDONED_SHARE * 100}% of those placed abandoned`]: toldBill(mixed),
      [`placed, ${ABANDONED_SHARE * 100}% of them abandoned`]: Number(
        (totalOf(mixed) * (1 - ABANDONED_SHARE)).toFixed(2),
      ),
      sagaAtCreation: {
        states: SAGA_AT_CREATION,
        completed: toldBill(early.completed),
        abandoned: toldBill(early.abandoned),
        withAbandoned: toldBill(earlyMixed),
        ratio: Number(ratio.toFixed(3)),
        leanest: {
          withAbandoned: toldBill(earlyLeanest),
          ratio: Number((totalOf(mixed) / totalOf(earlyLeanest)).toFixed(3)),
        },
      },
      byTimeOfFunctions: Object.fromEntries(
        TIME_FACTORS.map((timeFactor) => [
          timeFactor,
          Number(totalOf(billOf(whole, settings, { orders: ALONE_ORDERS, timeFactor })).toFixed(2)),
        ]),
      ),
    },
    lapse: { wroteNothing: wroteNothing(left.lapse), calls: unitsOf(left.lapse, isOurs).calls },
    perOrder: Object.fromEntries(told.map(({ what, one }) => [what, one])),
    inDetail: Object.fromEntries(
      counted.map(([what, tally, orders]) => [what, inDetail(tally, orders)]),
    ),
    peers: peers.map(({ peer: { name, repository, commit, says }, counts, bill }) => ({
      name,
      repository,
      commit,
      says,
      perOrder: counts,
      usdPerMillion: toldBill(bill),
    })),
    batchSizes: settings.batchSizes,
  },
  charts: {
    'order-cost': stacked(
      'What a completed order of two lines costs',
      'us-east-1, list prices; one order at a time; peers hold no stock',
      bars,
    ),
    'order-steps': stacked(
      'What each step of an order costs',
      'us-east-1, list prices; one order at a time',
      (['place', 'pay', 'fulfil'] as const).map((name) => [
        name,
        billOf(step(name), settings, { orders: ALONE_ORDERS }),
      ]),
    ),
  },
});
