import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import { listFindings, runReconciliation } from '../support/drift.ts';
import {
  type ApiResponse,
  alice,
  bob,
  call,
  createStockedSku,
  getStock,
  type Order,
  type Problem,
  staff,
  waitUntil,
} from '../support/e2e/e2e.ts';

/** Duration of the traffic. `npm run test:soak` runs 60 seconds. */
const TRAFFIC_SECONDS = Number(process.env.SOAK_SECONDS ?? 8);
/** Minimum number of complete runs under traffic, however slow the machine is. */
const RUNS_MIN = 2;
const CUSTOMERS = 12;
const METHODS = [
  'pm_ok',
  'pm_ok',
  'pm_ok',
  'pm_declined',
  'pm_authorize_timeout',
  'pm_capture_fails',
];

type RequestCounts = Record<string, number>;

const pickRandom = <Value>(all: readonly Value[]): Value =>
  all[Math.floor(Math.random() * all.length)] as Value;

/** Sends a request, and repeats it under the same key after a 503, as a client does. */
async function sendWithRetry<Body = Problem>(
  route: string,
  { token, body, played }: { token: string; body: object; played: RequestCounts },
): Promise<ApiResponse<Body>> {
  const key = randomUUID();
  return waitUntil(
    async () => {
      const response = await call<Body>(route, { token, body, key });
      if (response.status === 503) played.retried = (played.retried ?? 0) + 1;
      return response;
    },
    ({ status }) => status !== 503,
  );
}

/** Runs one random checkout of a customer. */
async function runCheckout(
  skus: readonly string[],
  token: string,
  played: RequestCounts,
): Promise<void> {
  const count = (what: string) => {
    played[what] = (played[what] ?? 0) + 1;
  };
  const lines = [...new Set([pickRandom(skus), pickRandom(skus)])].map((sku) => ({
    sku,
    quantity: 1 + Math.floor(Math.random() * 3),
  }));
  const placed = await sendWithRetry<Order>('POST /orders', { token, body: { lines }, played });
  count(`placed ${placed.status}`);
  if (placed.status !== 201) return;
  const { orderId } = placed.body;
  const way = Math.random();
  if (way < 0.3) return;
  if (way < 0.4) {
    const cancelled = await sendWithRetry(`POST /orders/${orderId}/cancellation`, {
      token,
      body: {},
      played,
    });
    return count(`cancelled ${cancelled.status}`);
  }
  const paid = await sendWithRetry(`POST /orders/${orderId}/payment`, {
    token,
    body: { paymentMethod: pickRandom(METHODS) },
    played,
  });
  count(`paid ${paid.status}`);
  await delay(Math.random() * 3_000);
  if (way < 0.6) {
    const cancelled = await sendWithRetry(`POST /orders/${orderId}/cancellation`, {
      token,
      body: {},
      played,
    });
    return count(`cancelled ${cancelled.status}`);
  }
  if (way < 0.8) {
    const fulfilled = await sendWithRetry(`POST /orders/${orderId}/fulfilment`, {
      token: staff(),
      body: {},
      played,
    });
    count(`fulfilled ${fulfilled.status}`);
  }
}

/** Runs one random receipt, adjustment or count. */
async function changeStock(skus: readonly string[], played: RequestCounts): Promise<void> {
  const sku = pickRandom(skus);
  const way = Math.random();
  const [path, body] =
    way < 0.5
      ? ['receipts', { quantity: 5 }]
      : way < 0.75
        ? ['adjustments', { delta: -1, reason: 'damaged' }]
        : ['counts', { counted: (await getStock(sku)).onHand }];
  const response = await sendWithRetry(`POST /stock/${sku}/${path}`, {
    token: staff(),
    body,
    played,
  });
  played[`${path} ${response.status}`] = (played[`${path} ${response.status}`] ?? 0) + 1;
}

test.skipIf(inject('localEndpoints') === undefined)(
  'continuous reconciliation during live traffic finds nothing',
  async () => {
    const skus = await Promise.all(
      ['tea', 'cup', 'pot'].map((name) => createStockedSku(name, 2_000)),
    );
    const played: RequestCounts = {};
    const end = Date.now() + TRAFFIC_SECONDS * 1_000;
    let runs = 0;
    const isOver = () => Date.now() > end && runs >= RUNS_MIN;
    const customer = async (token: string): Promise<void> => {
      while (!isOver()) await runCheckout(skus, token, played);
    };
    const warehouse = async (): Promise<void> => {
      while (!isOver()) {
        await changeStock(skus, played);
        await delay(200);
      }
    };
    let unsettledCells = 0;
    const reconciler = async (): Promise<void> => {
      while (!isOver()) {
        const run = await runReconciliation({ full: runs % 2 === 1 });
        expect(run.status).toBe('COMPLETED');
        runs += 1;
        unsettledCells += run.unsettledCells;
      }
    };

    await Promise.all([
      ...Array.from({ length: CUSTOMERS }, (_, index) =>
        customer(index % 2 === 0 ? alice() : bob()),
      ),
      warehouse(),
      reconciler(),
    ]);

    // Other tests left findings of other SKUs. A count that differs is part of the traffic.
    const all = [
      ...(await listFindings('open')),
      ...(await listFindings('repaired')),
      ...(await listFindings('closed')),
    ];
    const about = all.filter(
      ({ kind, records, subject }) =>
        kind !== 'COUNT_DIFFERS' &&
        skus.some((sku) => JSON.stringify([records, subject]).includes(sku)),
    );
    console.log(JSON.stringify({ seconds: TRAFFIC_SECONDS, runs, unsettledCells, ...played }));
    expect(about).toEqual([]);
    expect(played['placed 201'] ?? 0).toBeGreaterThan(TRAFFIC_SECONDS);
    expect(Object.keys(played).filter((what) => / 5\d\d$/.test(what))).toEqual([]);
  },
  (TRAFFIC_SECONDS + 90) * 1_000,
);
