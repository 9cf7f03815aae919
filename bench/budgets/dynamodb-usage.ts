import { randomUUID } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import { unwrap } from '../../client/src/index.ts';
import { DEVELOPER_CREDENTIALS, region } from '../../local/account.ts';
import { DemoClient } from '../../local/demo/demo-client.ts';
import { isOwnTable } from '../order-cost/cost.ts';
import { shortName } from '../order-cost/cost-report.ts';
import {
  createOrderCostEnvironment,
  type OrderCostEnvironment,
} from '../order-cost/environment.ts';
import { transitionCountOf, type Usage, unitTotalsOf } from '../order-cost/usage.ts';
import { levelsUrlOf, stockShopPage } from '../storefront/shop-page.ts';
import type { Budget, Figures } from './budget.ts';

type OperationUsage = Record<string, number>;

/**
 * SKUs by measured request. Each request has its own SKUs, because the function caches the shards
 * of a SKU for some seconds.
 */
const SKUS = {
  oneLine: ['espresso-beans-1'],
  twoLines: ['espresso-beans-2', 'filter-papers-2'],
  twoLocations: ['espresso-beans-6', 'filter-papers-6'],
  rejected: ['espresso-beans-3', 'filter-papers-3'],
  order: ['espresso-beans-4', 'filter-papers-4'],
  cancelled: ['espresso-beans-5', 'filter-papers-5'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
const STOCK_UNITS = 1_000;
const HOLD_SECONDS = 600;
const orderLines = (purpose: keyof typeof SKUS, quantity = 1) =>
  SKUS[purpose].map((sku) => ({ sku, quantity }));

/** Functions of each step of an order. */
const SAGA_FUNCTIONS: Readonly<Record<string, readonly string[]>> = {
  'pay an order': ['orders-PayOrder'],
  'saga: authorize the payment': ['payments-AuthorizePayment'],
  'saga: confirm the order': ['orders-ConfirmOrder'],
  'commit two lines': ['inventory-CommitReservation'],
  'record the stock outcome': ['orders-RecordStockOutcome'],
  'saga: capture the payment': ['payments-CapturePayment'],
  'complete the order': ['orders-CompleteOrder'],
};
const PLACE_FUNCTIONS = ['orders-PlaceOrder', 'inventory-ReserveStock'];
const FULFIL_FUNCTIONS = ['orders-FulfilOrder'];
const SHIP_FUNCTIONS = ['inventory-ShipReservation'];
const CANCEL_FUNCTIONS = ['orders-CancelOrder', 'inventory-ReleaseReservation'];

/**
 * DynamoDB usage of each operation: calls of its functions, and the units that AWS bills for them.
 * Consumers of streams are left out, because the size of their batches is random, and so is the
 * table of the sandbox payment provider.
 */
export const dynamodbBudget = {
  name: 'dynamodb-usage',
  headroomPercent: 0,
  // A reservation reads the records of its SKUs, one unit each, unless they are cached. An order of
  // two lines may therefore read six or eight units.
  slackPercentMax: 35,
  measure: async (): Promise<Figures> => {
    const environment = await createOrderCostEnvironment({ publicAvailability: 'true' });
    try {
      return await measureOperations(environment);
    } finally {
      await environment.stop();
    }
  },
} satisfies Budget;

async function measureOperations(environment: OrderCostEnvironment): Promise<Figures> {
  const { api, tokenFor } = environment.runtime;
  const staff = new DemoClient(api, await tokenFor('staff'));
  const customer = new DemoClient(api, await tokenFor('customer', randomUUID()));
  const figures: Record<string, OperationUsage> = {};
  const measureRequest = async <Response>(
    subject: string,
    functions: readonly string[],
    send: () => Promise<Response>,
  ) => {
    environment.takeUsage();
    const response = await send();
    figures[subject] = usageOf(environment.takeUsage(), functions);
    return response;
  };

  for (const sku of Object.values(SKUS).flat()) {
    const unitPrice = { amount: 2_450, currency: 'EUR' };
    await staff.putProduct({ sku, name: sku, unitPrice });
    await measureRequest('receive', ['inventory-ReceiveStock'], () =>
      staff.receive(sku, { quantity: STOCK_UNITS }),
    );
  }
  await measureRequest('adjust', ['inventory-AdjustStock'], async () =>
    unwrap(
      await staff.api.POST('/stock/{sku}/adjustments', {
        params: { path: { sku: SKUS.oneLine[0] } },
        body: { delta: -1, reason: 'damaged' },
      }),
    ),
  );
  for (const sku of SKUS.twoLocations)
    await staff.receive(sku, {
      quantity: STOCK_UNITS,
      locationId: 'annex',
      createLocation: true,
    });
  await environment.lookAtLevels();
  await measureReservations(api, measureRequest);
  await stockShopPage(environment, staff);
  await measureRequest('read 50 stock levels', ['inventory-GetShopAvailability'], () =>
    fetch(levelsUrlOf(api)),
  );

  const place = (purpose: keyof typeof SKUS) => customer.placeOrder(orderLines(purpose));
  const { orderId } = await measureRequest('place and abandon an order', PLACE_FUNCTIONS, () =>
    place('order'),
  );
  await environment.takeUsageWhenIdle();
  await customer.pay(orderId);
  await environment.waitForStatus('orders', { pk: `ORDER#${orderId}`, sk: 'ORDER' }, 'COMPLETED');
  const paid = await environment.takeUsageWhenIdle();
  for (const [subject, functions] of Object.entries(SAGA_FUNCTIONS))
    figures[subject] = usageOf(paid, functions);
  await staff.fulfil(orderId);
  await environment.waitForStatus(
    'inventory',
    { pk: `RESERVATION#${orderId}`, sk: 'RESERVATION' },
    'FULFILLED',
  );
  const fulfilled = await environment.takeUsageWhenIdle();
  figures['fulfil an order'] = usageOf(fulfilled, FULFIL_FUNCTIONS);
  figures['ship two lines'] = usageOf(fulfilled, SHIP_FUNCTIONS);
  figures['complete an order, total'] = {
    ...sumOf(
      [
        'place and abandon an order',
        ...Object.keys(SAGA_FUNCTIONS),
        'fulfil an order',
        'ship two lines',
      ],
      figures,
    ),
    transitions: transitionCountOf(paid) + transitionCountOf(fulfilled),
  };

  const unpaid = await place('cancelled');
  await measureRequest('cancel an unpaid order', CANCEL_FUNCTIONS, () =>
    customer.cancel(unpaid.orderId),
  );
  return figures;
}

type MeasureRequest = <Response>(
  subject: string,
  functions: readonly string[],
  send: () => Promise<Response>,
) => Promise<Response>;

/** Measures requests of another service for reservations. */
async function measureReservations(api: string, measureRequest: MeasureRequest): Promise<void> {
  const service = new AwsClient({
    ...DEVELOPER_CREDENTIALS,
    region: region(),
    service: 'execute-api',
  });
  const sendRequest = async (
    method: string,
    path: string,
    expectedStatus: number,
    body?: object,
  ): Promise<void> => {
    const { status } = await service.fetch(`${api}/reservations/${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (status !== expectedStatus)
      throw new Error(`${method} ${path} returned ${status}, not ${expectedStatus}`);
  };
  const reserve = ['inventory-ReserveStock'];
  await measureRequest('reserve one line', reserve, () =>
    sendRequest('PUT', 'one', 201, { lines: orderLines('oneLine') }),
  );
  await measureRequest('reserve two lines', reserve, () =>
    sendRequest('PUT', 'two', 201, { lines: orderLines('twoLines') }),
  );
  await measureRequest('reserve two lines, two locations', reserve, () =>
    sendRequest('PUT', 'locations', 201, { lines: orderLines('twoLocations') }),
  );
  await measureRequest('reserve two lines, rejected', reserve, () =>
    sendRequest('PUT', 'many', 409, { lines: orderLines('rejected', STOCK_UNITS * 2) }),
  );
  await measureRequest('extend two lines', ['inventory-ExtendReservation'], () =>
    sendRequest('POST', 'two/extension', 200, { holdSeconds: 2 * HOLD_SECONDS }),
  );
  await measureRequest('release two lines', ['inventory-ReleaseReservation'], () =>
    sendRequest('DELETE', 'two', 200),
  );
}

function usageOf(usage: Usage, functions: readonly string[]): OperationUsage {
  const calls = new Map(
    [...usage.calls].filter(([, one]) => functions.includes(shortName(one.functionName))),
  );
  const totals = unitTotalsOf({ ...usage, calls }, isOwnTable);
  return {
    calls: totals.calls,
    'read units': totals.readUnits,
    'write units': totals.writeUnits,
  };
}

function sumOf(
  subjects: readonly string[],
  figures: Readonly<Record<string, OperationUsage>>,
): OperationUsage {
  const sum: OperationUsage = {};
  for (const subject of subjects)
    for (const [unit, value] of Object.entries(figures[subject] ?? {}))
      sum[unit] = (sum[unit] ?? 0) + value;
  return sum;
}
