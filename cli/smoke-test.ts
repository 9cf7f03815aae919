import { setTimeout as delay } from 'node:timers/promises';
import { type ApiResponse, describeProblem, sendRequest } from './client/api-client.ts';
import type { Connection } from './client/connection.ts';

export type SmokeTestOptions = {
  /** Connection to the stage as staff. */
  readonly staff: Connection;
  /** Connection to the stage as a customer. Without one, only stock is tested. */
  readonly customer: Connection | undefined;
  /** New SKU for the test. Its idempotency keys start with it. */
  readonly sku: string;
  readonly paymentMethod: string;
  /** Longest wait for an order to complete. */
  readonly waitSecondsMax: number;
  readonly onStep: (step: string, milliseconds: number) => void;
};
/** Failed steps, and things that could not be cleaned up. Both are empty for a working stage. */
export type SmokeTestResult = {
  readonly failures: readonly string[];
  readonly leftovers: readonly string[];
};

const UNITS = 3;
const POLL_MILLISECONDS = 500;
const MILLISECONDS_PER_SECOND = 1_000;

type Step = readonly [name: string, act: () => Promise<unknown>];

/** Thrown by a step whose result differs from the expected one. */
class StepFailure extends Error {}

/**
 * Receives stock of a new SKU. With a customer, also runs the main order flow on it: completes and
 * ships an order, places one above the available stock, and cancels one. Cleans up in every case:
 * cancels open orders and removes the remaining stock.
 */
export async function runSmokeTest(options: SmokeTestOptions): Promise<SmokeTestResult> {
  const { staff, customer, sku, paymentMethod, waitSecondsMax, onStep } = options;
  const openOrders = new Set<string>();
  let requestCount = 0;
  const requestAs = async (
    where: Connection,
    route: string,
    wanted: number,
    body?: object,
  ): Promise<ApiResponse['body']> => {
    const [method = '', path = ''] = route.split(' ');
    requestCount += 1;
    const key = `${sku}-${requestCount}`;
    const response = await sendRequest(where, method as 'GET' | 'POST' | 'PUT', path, {
      ...(body === undefined ? {} : { body }),
      ...(method === 'POST' ? { key } : {}),
    });
    if (response.status !== wanted)
      throw new StepFailure(`${route} returned ${describeProblem(response)}, not ${wanted}.`);
    return response.body;
  };
  const requestAsStaff = (route: string, wanted: number, body?: object) =>
    requestAs(staff, route, wanted, body);
  const requestAsCustomer = (route: string, wanted: number, body?: object) => {
    if (customer === undefined) throw new Error(`${route} needs a customer`);
    return requestAs(customer, route, wanted, body);
  };
  const placeOrder = async (quantity: number): Promise<string> => {
    const { orderId } = await requestAsCustomer('POST /orders', 201, {
      lines: [{ sku, quantity }],
    });
    openOrders.add(String(orderId));
    return String(orderId);
  };
  const expectStock = async (wanted: Readonly<Record<string, number>>): Promise<void> => {
    const stock = await requestAsStaff(`GET /stock/${sku}`, 200);
    const is = Object.fromEntries(Object.keys(wanted).map((name) => [name, stock[name]]));
    if (JSON.stringify(is) !== JSON.stringify(wanted))
      throw new StepFailure(`The stock is ${JSON.stringify(is)}, not ${JSON.stringify(wanted)}.`);
  };
  const waitUntil = async (what: string, isSo: () => Promise<unknown>): Promise<void> => {
    const deadline = Date.now() + waitSecondsMax * MILLISECONDS_PER_SECOND;
    for (;;) {
      const last = await isSo();
      if (last === true) return;
      if (Date.now() > deadline)
        throw new StepFailure(
          `${what} was not reached within ${waitSecondsMax} s. The last state was ${String(last)}.`,
        );
      await delay(POLL_MILLISECONDS);
    }
  };
  const waitForOrder = (orderId: string, status: string) =>
    waitUntil(`order ${status}`, async () => {
      const is = (await requestAsCustomer(`GET /orders/${orderId}`, 200)).status;
      return is === status ? true : is;
    });

  const stockSteps: readonly Step[] = [
    ['the API responds', () => requestAsStaff('GET /health', 200)],
    [
      'stock is received',
      () =>
        requestAsStaff(`POST /stock/${sku}/receipts`, 201, {
          quantity: UNITS,
          reference: 'smoke',
          createSku: true,
        }),
    ],
    [
      'the received units are available',
      () => expectStock({ onHand: UNITS, available: UNITS, held: 0 }),
    ],
  ];
  const orderSteps: readonly Step[] = [
    [
      'a product has a price',
      async () => {
        const response = await sendRequest(staff, 'PUT', `/products/${sku}`, {
          body: { name: 'Smoke test', unitPrice: { amount: 100, currency: 'EUR' } },
        });
        if (response.status >= 300)
          throw new StepFailure(`PUT /products returned ${describeProblem(response)}.`);
      },
    ],
    [
      'an order holds its units',
      async () => {
        const orderId = await placeOrder(2);
        await expectStock({ onHand: UNITS, available: UNITS - 2, held: 2 });
        await requestAsCustomer(`POST /orders/${orderId}/payment`, 202, { paymentMethod });
      },
    ],
    [
      'it is paid, and its stock committed',
      () => waitForOrder([...openOrders][0] ?? '', 'COMPLETED'),
    ],
    [
      'it is shipped',
      async () => {
        const [orderId = ''] = openOrders;
        await requestAsStaff(`POST /orders/${orderId}/fulfilment`, 200, {});
        openOrders.delete(orderId);
        await waitUntil('stock of the order shipped', async () => {
          const { onHand } = await requestAsStaff(`GET /stock/${sku}`, 200);
          return onHand === UNITS - 2 ? true : onHand;
        });
      },
    ],
    [
      'an order above the available stock is rejected',
      () => requestAsCustomer('POST /orders', 409, { lines: [{ sku, quantity: 2 }] }),
    ],
    [
      'a cancelled order releases its units',
      async () => {
        const orderId = await placeOrder(1);
        await requestAsCustomer(`POST /orders/${orderId}/cancellation`, 200, {});
        openOrders.delete(orderId);
        await expectStock({ onHand: 1, available: 1, held: 0 });
      },
    ],
  ];
  const steps = customer === undefined ? stockSteps : [...stockSteps, ...orderSteps];
  const failures: string[] = [];
  for (const [step, act] of steps) {
    const startedAt = performance.now();
    try {
      await act();
      onStep(step, performance.now() - startedAt);
    } catch (error) {
      failures.push(`${step}: ${error instanceof Error ? error.message : error}`);
      break;
    }
  }
  return { failures, leftovers: await cleanUp(options, openOrders) };
}

/** Cancels open orders and removes remaining stock. Returns what could not be cleaned up. */
async function cleanUp(
  { staff, customer, sku }: SmokeTestOptions,
  openOrders: ReadonlySet<string>,
): Promise<readonly string[]> {
  const leftovers: string[] = [];
  const attempt = async (
    what: string,
    act: () => Promise<ApiResponse | undefined>,
  ): Promise<void> => {
    try {
      const response = await act();
      if (response !== undefined && response.status >= 300)
        leftovers.push(`${what}: ${describeProblem(response)}`);
    } catch (error) {
      leftovers.push(`${what}: ${error instanceof Error ? error.message : error}`);
    }
  };
  for (const orderId of openOrders)
    await attempt(
      `order ${orderId}`,
      async () =>
        customer &&
        sendRequest(customer, 'POST', `/orders/${orderId}/cancellation`, {
          body: {},
          key: `${sku}-clean-${orderId}`,
        }),
    );
  await attempt(`units of ${sku}`, async () => {
    const { status, body } = await sendRequest(staff, 'GET', `/stock/${sku}`);
    const available = Number(body.available);
    if (status !== 200 || available === 0) return undefined;
    return sendRequest(staff, 'POST', `/stock/${sku}/adjustments`, {
      body: { delta: -available, reason: 'correction', note: 'end of a smoke test' },
      key: `${sku}-clean`,
    });
  });
  return leftovers;
}
