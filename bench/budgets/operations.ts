import { randomUUID } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import { DEVELOPER, region } from '../../local/account.ts';
import { StoryClient } from '../../local/demo/story-client.ts';
import { isOurs } from '../order-cost/bill.ts';
import { openStage, type Stage } from '../order-cost/stage.ts';
import { type Tally, transitionsOf, unitsOf } from '../order-cost/tally.ts';
import { shortName } from '../order-cost/told.ts';
import type { Budget, Figures } from './budget.ts';

type Units = Record<string, number>;

/** Each what is reserved by one measured request, and by no other: how a sku is spread is remembered for seconds, and then read again. */
const SKUS = {
  oneLine: ['espresso-beans-1'],
  twoLines: ['espresso-beans-2', 'filter-papers-2'],
  refused: ['espresso-beans-3', 'filter-papers-3'],
  order: ['espresso-beans-4', 'filter-papers-4'],
  cancelled: ['espresso-beans-5', 'filter-papers-5'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
const STOCK_UNITS = 1_000;
const HOLD_SECONDS = 600;
const lines = (of: keyof typeof SKUS, quantity = 1) => SKUS[of].map((sku) => ({ sku, quantity }));

/** The functions of an order's whole life, by the step that they are. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
  'pay an order': ['orders-PayOrder'],
  'saga: authorize the payment': ['payments-AuthorizePayment'],
  'saga: confirm the order': ['orders-ConfirmOrder'],
  'commit two lines': ['inventory-CommitReservation'],
  "record inventory's answer": ['orders-RecordStockAnswer'],
  'saga: capture the payment': ['payments-CapturePayment'],
  'complete the order': ['orders-CompleteOrder'],
};
const PLACE = ['orders-PlaceOrder', 'inventory-ReserveStock'];
const FULFIL = ['orders-FulfilOrder'];
const SHIP = ['inventory-ShipReservation'];
const CANCEL = ['orders-CancelOrder', 'inventory-ReleaseReservation'];

/**
 * What each operation asks of DynamoDB: the calls of its own functions, and the units that AWS bills for them. What only looks at streams
 * (events, levels) is not in it: how its batches are cut is chance. Nor is the table of the stand-in for a provider of payments.
 */
export const operationBudget = {
  name: 'operations',
  headroomPercent: 0,
  // A reserve reads its skus' records, a unit each, or remembers them for some seconds: an order of two may read six units or eight.
  slackPercentMax: 35,
  measure: async (): Promise<Figures> => {
    const stage = await openStage();
    try {
      return await measure(stage);
    } finally {
      await stage.stop();
    }
  },
} satisfies Budget;

async function measure(stage: Stage): Promise<Figures> {
  const { api, tokenFor } = stage.runtime;
  const staff = new StoryClient(api, await tokenFor('staff'));
  const customer = new StoryClient(api, await tokenFor('customer', randomUUID()));
  const figures: Record<string, Units> = {};
  const count = async <Answer>(
    subject: string,
    functions: readonly string[],
    ask: () => Promise<Answer>,
  ) => {
    stage.tallied();
    const answer = await ask();
    figures[subject] = unitsBy(stage.tallied(), functions);
    return answer;
  };

  for (const sku of Object.values(SKUS).flat()) {
    const unitPrice = { amount: 2_450, currency: 'EUR' };
    await staff.send('PUT', `/products/${sku}`, { name: sku, unitPrice });
    await staff.send('PUT', `/stock/${sku}`, { name: sku });
    await count('receive', ['inventory-ReceiveStock'], () =>
      staff.send('POST', `/stock/${sku}/receipts`, { quantity: STOCK_UNITS }),
    );
  }
  await count('adjust', ['inventory-AdjustStock'], () =>
    staff.send('POST', `/stock/${SKUS.oneLine[0]}/adjustments`, { delta: -1, reason: 'damaged' }),
  );
  await reservations(api, count);

  const place = (of: keyof typeof SKUS) =>
    customer.send<{ orderId: string }>('POST', '/orders', { lines: lines(of) });
  const { orderId } = await count('place an order, and abandon it', PLACE, () => place('order'));
  await stage.settled();
  await customer.send('POST', `/orders/${orderId}/payment`, { paymentMethod: 'pm_ok' });
  await stage.until('orders', { pk: `ORDER#${orderId}`, sk: 'ORDER' }, 'COMPLETED');
  const paid = await stage.settled();
  for (const [subject, functions] of Object.entries(STEPS))
    figures[subject] = unitsBy(paid, functions);
  await staff.send('POST', `/orders/${orderId}/fulfilment`);
  await stage.until('inventory', { pk: `RESERVATION#${orderId}`, sk: 'RESERVATION' }, 'FULFILLED');
  const fulfilled = await stage.settled();
  figures['fulfil an order'] = unitsBy(fulfilled, FULFIL);
  figures['ship two lines'] = unitsBy(fulfilled, SHIP);
  figures['complete an order, in all'] = {
    ...sumOf(
      [
        'place an order, and abandon it',
        ...Object.keys(STEPS),
        'fulfil an order',
        'ship two lines',
      ],
      figures,
    ),
    transitions: transitionsOf(paid) + transitionsOf(fulfilled),
  };

  const unpaid = await place('cancelled');
  await count('cancel an unpaid order', CANCEL, () =>
    customer.send('POST', `/orders/${unpaid.orderId}/cancellation`),
  );
  return figures;
}

type Count = <Answer>(
  subject: string,
  functions: readonly string[],
  ask: () => Promise<Answer>,
) => Promise<Answer>;

/** As another service asks for them. */
async function reservations(api: string, count: Count): Promise<void> {
  const service = new AwsClient({ ...DEVELOPER, region: region(), service: 'execute-api' });
  const ask = async (
    method: string,
    path: string,
    wanted: number,
    body?: object,
  ): Promise<void> => {
    const { status } = await service.fetch(`${api}/reservations/${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (status !== wanted)
      throw new Error(`${method} ${path} was answered ${status}, not ${wanted}`);
  };
  const reserve = ['inventory-ReserveStock'];
  await count('reserve one line', reserve, () =>
    ask('PUT', 'one', 201, { lines: lines('oneLine') }),
  );
  await count('reserve two lines', reserve, () =>
    ask('PUT', 'two', 201, { lines: lines('twoLines') }),
  );
  await count('reserve two lines, refused', reserve, () =>
    ask('PUT', 'many', 409, { lines: lines('refused', STOCK_UNITS * 2) }),
  );
  await count('extend two lines', ['inventory-ExtendReservation'], () =>
    ask('POST', 'two/extension', 200, { holdSeconds: 2 * HOLD_SECONDS }),
  );
  await count('release two lines', ['inventory-ReleaseReservation'], () =>
    ask('DELETE', 'two', 200),
  );
}

function unitsBy(tally: Tally, functions: readonly string[]): Units {
  const calls = new Map(
    [...tally.calls].filter(([, one]) => functions.includes(shortName(one.functionName))),
  );
  const { calls: made, readUnits, writeUnits } = unitsOf({ ...tally, calls }, isOurs);
  return { calls: made, 'read units': readUnits, 'write units': writeUnits };
}

function sumOf(subjects: readonly string[], figures: Readonly<Record<string, Units>>): Units {
  const sum: Units = {};
  for (const subject of subjects)
    for (const [unit, value] of Object.entries(figures[subject] ?? {}))
      sum[unit] = (sum[unit] ?? 0) + value;
  return sum;
}
