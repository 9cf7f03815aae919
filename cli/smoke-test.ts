import { setTimeout as delay } from 'node:timers/promises';
import type { StockbookClient } from '../client/src/index.ts';
import { connect, describeRejection } from './client/api-client.ts';
import type { Connection } from './client/connection.ts';

export type SmokeTestOptions = {
  /** Connection to the stage as staff. */
  readonly staff: Connection;
  /** Connection to the stage as a customer. Without one, only stock is tested. */
  readonly customer: Connection | undefined;
  /** New SKU for the test. */
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

type Outcome<Data> = {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
};
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
  const asStaff = connect(staff);
  const asCustomer = (): StockbookClient => {
    if (customer === undefined) throw new Error('This step needs a customer.');
    return connect(customer);
  };
  const placeOrder = async (quantity: number): Promise<string> => {
    const { orderId } = await expectStatus(
      201,
      asCustomer().POST('/orders', { body: { lines: [{ sku, quantity }] } }),
    );
    openOrders.add(orderId);
    return orderId;
  };
  const getStock = () =>
    expectStatus(200, asStaff.GET('/stock/{sku}', { params: { path: { sku } } }));
  const expectStock = async (
    wanted: Readonly<Partial<Record<'onHand' | 'available' | 'held', number>>>,
  ): Promise<void> => {
    const stock = await getStock();
    const names = Object.keys(wanted) as readonly (keyof typeof wanted)[];
    const is = Object.fromEntries(names.map((name) => [name, stock[name]]));
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
      const order = await expectStatus(
        200,
        asCustomer().GET('/orders/{orderId}', { params: { path: { orderId } } }),
      );
      return order.status === status ? true : order.status;
    });

  const stockSteps: readonly Step[] = [
    ['the API responds', () => expectStatus(200, asStaff.GET('/health'))],
    [
      'stock is received',
      () =>
        expectStatus(
          201,
          asStaff.POST('/stock/{sku}/receipts', {
            params: { path: { sku } },
            body: { quantity: UNITS, reference: 'smoke', createSku: true },
          }),
        ),
    ],
    [
      'the received units are available',
      () => expectStock({ onHand: UNITS, available: UNITS, held: 0 }),
    ],
  ];
  const orderSteps: readonly Step[] = [
    [
      'a product has a price',
      () =>
        expectStatus(
          200,
          asStaff.PUT('/products/{sku}', {
            params: { path: { sku } },
            body: { name: 'Smoke test', unitPrice: { amount: 100, currency: 'EUR' } },
          }),
        ),
    ],
    [
      'an order holds its units',
      async () => {
        const orderId = await placeOrder(2);
        await expectStock({ onHand: UNITS, available: UNITS - 2, held: 2 });
        await expectStatus(
          202,
          asCustomer().POST('/orders/{orderId}/payment', {
            params: { path: { orderId } },
            body: { paymentMethod },
          }),
        );
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
        await expectStatus(
          200,
          asStaff.POST('/orders/{orderId}/fulfilment', { params: { path: { orderId } } }),
        );
        openOrders.delete(orderId);
        await waitUntil('stock of the order shipped', async () => {
          const { onHand } = await getStock();
          return onHand === UNITS - 2 ? true : onHand;
        });
      },
    ],
    [
      'an order above the available stock is rejected',
      () =>
        expectStatus(
          409,
          asCustomer().POST('/orders', { body: { lines: [{ sku, quantity: 2 }] } }),
        ),
    ],
    [
      'a cancelled order releases its units',
      async () => {
        const orderId = await placeOrder(1);
        await expectStatus(200, cancelOrder(asCustomer(), orderId));
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

/** Returns the data of a response with the expected status. Throws StepFailure for another one. */
async function expectStatus<Data>(wanted: number, pending: Promise<Outcome<Data>>): Promise<Data> {
  const outcome = await pending;
  if (outcome.response.status !== wanted)
    throw new StepFailure(`It returned ${describeRejection(outcome)}, not ${wanted}.`);
  // The contract guarantees the data of a success, and a step does not use that of a rejection.
  return outcome.data as Data;
}

const cancelOrder = (client: StockbookClient, orderId: string) =>
  client.POST('/orders/{orderId}/cancellation', { params: { path: { orderId } } });

/** Cancels open orders and removes remaining stock. Returns what could not be cleaned up. */
async function cleanUp(
  { staff, customer, sku }: SmokeTestOptions,
  openOrders: ReadonlySet<string>,
): Promise<readonly string[]> {
  const leftovers: string[] = [];
  const attempt = async (
    what: string,
    act: () => Promise<Outcome<unknown> | undefined>,
  ): Promise<void> => {
    try {
      const outcome = await act();
      if (outcome !== undefined && !outcome.response.ok)
        leftovers.push(`${what}: ${describeRejection(outcome)}`);
    } catch (error) {
      leftovers.push(`${what}: ${error instanceof Error ? error.message : error}`);
    }
  };
  for (const orderId of openOrders)
    await attempt(
      `order ${orderId}`,
      async () => customer && cancelOrder(connect(customer), orderId),
    );
  await attempt(`units of ${sku}`, async () => {
    const client = connect(staff);
    const params = { path: { sku } };
    const { data } = await client.GET('/stock/{sku}', { params });
    if (data === undefined || data.available === 0) return undefined;
    return client.POST('/stock/{sku}/adjustments', {
      params,
      body: { delta: -data.available, reason: 'correction', note: 'end of a smoke test' },
    });
  });
  return leftovers;
}
