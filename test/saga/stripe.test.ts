import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localClientConfig } from '../../local/dynamodb/dynamodb.ts';
import { loadFactor } from '../../local/load-factor.ts';
import { type Runtime, startRuntime } from '../../local/runtime.ts';
import { readLocalLogLines } from '../support/e2e/function-logs.ts';
import { SECRET_KEY, StripeDouble, WEBHOOK_SECRET } from '../support/payments/stripe-double.ts';
import { CLIENT_SECRET_SUFFIX } from '../support/payments/stripe-objects.ts';

const SECRET_ARN = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:stripe-AbCdEf';
const WAIT_SECONDS_MAX = 30;
let folder: string;
let stripe: StripeDouble;
let runtime: Runtime;
let tokens: { readonly staff: string; readonly customer: string };

// Runs a stage with Stripe as its provider on this machine, its functions invoked by aliases: the
// templates, the sagas and the official library against the double.
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'stockbook-stripe-'));
  stripe = await StripeDouble.start();
  const secret = {
    secretKey: SECRET_KEY,
    webhookSecret: WEBHOOK_SECRET,
    apiUrl: `http://127.0.0.1:${stripe.port}`,
  };
  runtime = await startRuntime({
    port: 0,
    logDirectory: folder,
    context: { paymentProvider: 'stripe', stripeSecretArn: SECRET_ARN, rollout: 'canary' },
    secrets: { [SECRET_ARN]: JSON.stringify(secret) },
  });
  tokens = { staff: await runtime.tokenFor('staff'), customer: await runtime.tokenFor('customer') };
  await send('PUT /products/tea', tokens.staff, {
    name: 'Tea',
    unitPrice: { amount: 850, currency: 'EUR' },
  });
  await send('POST /stock/tea/receipts', tokens.staff, { quantity: 40, createSku: true });
});
afterAll(async () => {
  await runtime?.stop();
  await stripe?.stop();
  rmSync(folder, { recursive: true, force: true });
});

type ApiResponse = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };
let keys = 0;
async function send(route: string, token: string, body?: object): Promise<ApiResponse> {
  const [method = '', target = ''] = route.split(' ');
  keys += 1;
  const response = await fetch(runtime.api + target, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': `key-${keys}`,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as ApiResponse['body'] };
}

async function placeAndPay(paymentMethod: string): Promise<string> {
  const { body } = await send('POST /orders', tokens.customer, {
    lines: [{ sku: 'tea', quantity: 1 }],
  });
  const orderId = String(body.orderId);
  await send(`POST /orders/${orderId}/payment`, tokens.customer, { paymentMethod });
  return orderId;
}

async function waitForStatus(
  orderId: string,
  ...statuses: readonly string[]
): Promise<ApiResponse['body']> {
  const deadline = Date.now() + WAIT_SECONDS_MAX * 1_000 * loadFactor();
  for (;;) {
    const { body } = await send(`GET /orders/${orderId}`, tokens.customer);
    if (statuses.includes(String(body.status)) && body.payment !== null) return body;
    if (Date.now() > deadline) throw new Error(`order ${orderId} stayed ${JSON.stringify(body)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
async function waitForPaymentStatus(orderId: string, status: string): Promise<ApiResponse['body']> {
  const deadline = Date.now() + WAIT_SECONDS_MAX * 1_000;
  for (;;) {
    const { body } = await send(`GET /orders/${orderId}`, tokens.customer);
    if ((body.payment as ApiResponse['body'] | null)?.status === status) return body;
    if (Date.now() > deadline) throw new Error(`order ${orderId} stayed ${JSON.stringify(body)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const intentOf = (orderId: string) =>
  [...stripe.intents.values()].find(({ metadata }) => metadata.stockbook_key === `${orderId}-1`);

describe('with Stripe as the provider, an order', () => {
  test('is paid by one intent, which is captured when its stock is committed', async () => {
    const orderId = await placeAndPay('pm_card_visa');

    await waitForStatus(orderId, 'COMPLETED');

    expect(intentOf(orderId)).toMatchObject({ amount: 850, currency: 'eur', status: 'succeeded' });
  });

  test('that is declined can be paid again', async () => {
    const orderId = await placeAndPay('pm_card_visa_chargeDeclined');

    const { payment } = await waitForStatus(orderId, 'PENDING_PAYMENT');

    expect(payment).toMatchObject({
      status: 'FAILED',
      lastError: expect.stringContaining('generic_decline'),
    });
  });

  test('whose capture receives no response is captured once', async () => {
    stripe.injectFaults(
      { at: '/capture', kind: 'lostResponse' },
      { at: '/capture', kind: 'serverError' },
    );

    const orderId = await placeAndPay('pm_card_visa');

    await waitForStatus(orderId, 'COMPLETED');
    expect(intentOf(orderId)?.status).toBe('succeeded');
  });

  test('that is cancelled is refunded', async () => {
    const orderId = await placeAndPay('pm_card_visa');
    await waitForStatus(orderId, 'COMPLETED');

    await send(`POST /orders/${orderId}/cancellation`, tokens.customer, {});
    await waitForStatus(orderId, 'CANCELLED');

    expect(intentOf(orderId)).toMatchObject({
      status: 'succeeded',
      refunds: [{ amount: 850, status: 'succeeded' }],
    });
  });
});

const deliver = async (payload: string, signature: string | undefined) => {
  const response = await fetch(`${runtime.api}/webhooks/stripe`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(signature === undefined ? {} : { 'stripe-signature': signature }),
    },
    body: payload,
  });
  return { status: response.status, body: (await response.json()) as ApiResponse['body'] };
};
const signPayload = (
  payload: string,
  secret = WEBHOOK_SECRET,
  timestamp = Math.floor(Date.now() / 1_000),
) => new Stripe(SECRET_KEY).webhooks.generateTestHeaderStringAsync({ payload, secret, timestamp });
/**
 * Sends the messages that Stripe would have sent since, and returns the status of each response.
 */
async function deliverMessages(): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (const { payload } of stripe.messages.splice(0))
    statuses.push((await deliver(payload, await signPayload(payload))).status);
  return statuses;
}

describe('a message of Stripe', () => {
  const eventOf = (key: string) =>
    JSON.stringify({
      id: 'evt_1',
      object: 'event',
      type: 'payment_intent.succeeded',
      data: { object: { object: 'payment_intent', metadata: { stockbook_key: key } } },
    });

  test('about a refund in the dashboard reads the intent from Stripe and stores it', async () => {
    const orderId = await placeAndPay('pm_card_visa');
    await waitForStatus(orderId, 'COMPLETED');
    const intent = intentOf(orderId);
    if (intent === undefined) throw new Error('there is no intent');
    stripe.refundInDashboard(intent, intent.amount);
    const payload = eventOf(`${orderId}-1`);

    const answer = await deliver(payload, await signPayload(payload));

    expect(answer).toEqual({ status: 200, body: { outcome: 'processed' } });
    // A cancellation would race with the message, which stops the order for staff.
    await waitForStatus(orderId, 'NEEDS_ATTENTION');
    const resumption = await send(`POST /orders/${orderId}/resumption`, tokens.staff, {});
    expect(resumption.status).toBe(202);
    await waitForStatus(orderId, 'CANCELLED');
    expect(stripe.requests.filter((request) => request === 'POST /v1/refunds')).toHaveLength(1);
  });

  test('about an unknown attempt is accepted and ignored', async () => {
    const payload = eventOf('ord_unknown-1');

    expect(await deliver(payload, await signPayload(payload))).toEqual({
      status: 200,
      body: { outcome: 'ignored' },
    });
  });

  test.each([
    ['without a signature', async () => undefined],
    ['with another secret', (payload: string) => signPayload(payload, 'whsec_other')],
    [
      'of an hour ago',
      (payload: string) =>
        signPayload(payload, WEBHOOK_SECRET, Math.floor(Date.now() / 1_000) - 3_600),
    ],
    ['of another body', () => signPayload('{}')],
  ])('%s returns 400 without calling Stripe', async (_case, sign) => {
    const payload = eventOf('ord_unknown-1');
    const before = stripe.requests.length;

    const { status, body } = await deliver(payload, await sign(payload));

    expect([status, body.code]).toEqual([400, 'INVALID_SIGNATURE']);
    expect(stripe.requests).toHaveLength(before);
  });
});

describe('an order whose bank requires an action', () => {
  const required = async () => {
    stripe.messages.length = 0;
    const orderId = await placeAndPay('pm_card_authenticationRequired');
    const order = await waitForPaymentStatus(orderId, 'REQUIRES_ACTION');
    const intent = intentOf(orderId);
    if (intent === undefined) throw new Error('there is no intent');
    return { orderId, order, intent };
  };

  test('keeps its hold and shows the action only to its customer', async () => {
    const { orderId, order, intent } = await required();
    const others = [
      await send('GET /orders', tokens.customer),
      await send(`GET /staff/orders/${orderId}`, tokens.staff),
    ];

    expect(order).toMatchObject({
      status: 'PENDING_PAYMENT',
      payment: {
        attempt: 1,
        nextAction: { type: 'use_stripe_sdk', clientSecret: intent.id + CLIENT_SECRET_SUFFIX },
      },
    });
    expect(Date.parse(String(order.expiresAt)) - Date.now()).toBeGreaterThan(14 * 60_000);
    expect(others.map(({ status }) => status)).toEqual([200, 200]);
    expect(JSON.stringify(others)).not.toContain(CLIENT_SECRET_SUFFIX);
  });

  test('is paid once by repeated messages of the provider', async () => {
    const { orderId, intent } = await required();
    stripe.authenticate(intent, true);
    stripe.messages.push(...stripe.messages);

    expect(new Set(await deliverMessages())).toEqual(new Set([200]));

    await waitForStatus(orderId, 'COMPLETED');
    expect(stripe.intentsOf(`${orderId}-1`).map(({ status }) => status)).toEqual(['succeeded']);
  });

  test("is paid by the customer's repeat if the message is lost", async () => {
    const { orderId, intent } = await required();
    stripe.authenticate(intent, true);

    await send(`POST /orders/${orderId}/payment`, tokens.customer, {
      paymentMethod: 'pm_card_authenticationRequired',
    });

    await waitForStatus(orderId, 'COMPLETED');
  });

  test('is declined when the action fails, and can be paid with another card', async () => {
    const { orderId, intent } = await required();
    stripe.authenticate(intent, false);
    await deliverMessages();
    await waitForPaymentStatus(orderId, 'FAILED');

    await send(`POST /orders/${orderId}/payment`, tokens.customer, {
      paymentMethod: 'pm_card_visa',
    });

    await waitForStatus(orderId, 'COMPLETED');
  });
});

describe('a message that cannot be processed', () => {
  test('does not return 200 and is processed when Stripe sends it again', async () => {
    const orderId = await placeAndPay('pm_card_visa');
    await waitForStatus(orderId, 'COMPLETED');
    const intent = intentOf(orderId);
    if (intent === undefined) throw new Error('there is no intent');
    stripe.messages.length = 0;
    stripe.refundInDashboard(intent, intent.amount);
    const messages = [...stripe.messages];
    stripe.isDown = true;
    const during = await deliverMessages();
    stripe.isDown = false;

    stripe.messages.push(...messages);
    const after = await deliverMessages();

    expect(during.filter((status) => status < 300)).toEqual([]);
    expect(after.filter((status) => status !== 200)).toEqual([]);
    await waitForStatus(orderId, 'NEEDS_ATTENTION');
  });
});

describe('a refund at Stripe', () => {
  const completed = async () => {
    const orderId = await placeAndPay('pm_card_visa');
    await waitForStatus(orderId, 'COMPLETED');
    const intent = intentOf(orderId);
    if (intent === undefined) throw new Error('there is no intent');
    stripe.messages.length = 0;
    return { orderId, intent };
  };
  const shipped = (orderId: string) => send(`POST /orders/${orderId}/fulfilment`, tokens.staff, {});

  test.each(['refund', 'dispute'] as const)(
    'by a %s prevents the shipment of the order',
    async (what) => {
      const { orderId, intent } = await completed();
      if (what === 'refund') stripe.refundInDashboard(intent, intent.amount);
      else stripe.dispute(intent);
      await deliverMessages();
      await waitForStatus(orderId, 'NEEDS_ATTENTION');

      const { status, body } = await shipped(orderId);

      expect([status, body.code]).toEqual([409, 'ORDER_NOT_COMPLETED']);
    },
  );

  test('of a part is stored, and the order can be shipped', async () => {
    const { orderId, intent } = await completed();
    stripe.refundInDashboard(intent, 100);

    await deliverMessages();

    expect((await shipped(orderId)).status).toBe(200);
  });

  test('that is pending completes a cancellation; the payment is REFUNDED when Stripe completes it', async () => {
    const { orderId, intent } = await completed();
    stripe.newRefundStatus = 'pending';
    await send(`POST /orders/${orderId}/cancellation`, tokens.customer, {});
    const cancelled = await waitForStatus(orderId, 'CANCELLED');
    stripe.newRefundStatus = 'succeeded';
    for (const refund of intent.refunds) stripe.setRefundStatus(refund, 'succeeded');
    // Messages of the capture arrive after those of the refund.
    stripe.messages.reverse();
    await deliverMessages();

    expect(cancelled.payment).toMatchObject({ status: 'REFUND_PENDING' });
    await waitForPaymentStatus(orderId, 'REFUNDED');
  });
});

test('a total that Stripe does not accept is rejected when the order is placed', async () => {
  await send('PUT /products/stamp', tokens.staff, {
    name: 'Stamp',
    unitPrice: { amount: 10, currency: 'EUR' },
  });
  await send('POST /stock/stamp/receipts', tokens.staff, { quantity: 10, createSku: true });

  const few = await send('POST /orders', tokens.customer, {
    lines: [{ sku: 'stamp', quantity: 4 }],
  });
  const enough = await send('POST /orders', tokens.customer, {
    lines: [{ sku: 'stamp', quantity: 5 }],
  });

  expect([few.status, few.body.code, few.body.reason]).toEqual([
    422,
    'AMOUNT_NOT_PAYABLE',
    'AMOUNT_TOO_SMALL',
  ]);
  expect(enough.status).toBe(201);
});

describe('a key or client secret of Stripe', () => {
  const secretIn = (text: string) =>
    [SECRET_KEY, WEBHOOK_SECRET, CLIENT_SECRET_SUFFIX].some((secret) => text.includes(secret));

  test('is not in a log, and neither is a payment method', () => {
    const lines = readLocalLogLines(folder);

    expect(lines.filter(({ text }) => secretIn(text) || text.includes('pm_card'))).toEqual([]);
    expect(lines.filter(({ text }) => text.includes('PaymentRequiresAction'))).not.toEqual([]);
  });

  test('is not in the input, an output or an error of a saga', async () => {
    const events = await readSagaHistory();

    expect(events.filter((event) => secretIn(JSON.stringify(event)))).toEqual([]);
    expect(events.filter(({ type }) => type === 'ExecutionStarted').length).toBeGreaterThan(5);
    expect(events.map(({ taskFailedEventDetails }) => taskFailedEventDetails?.error)).toContain(
      'PaymentRequiresAction',
    );
  });
});

/** Returns everything that Step Functions keeps of every execution. */
async function readSagaHistory() {
  const sfn = new SFNClient(localClientConfig(runtime.aws));
  const { stateMachines = [] } = await sfn.send(new ListStateMachinesCommand({}));
  const lists = await Promise.all(
    stateMachines.map(({ stateMachineArn }) =>
      sfn.send(new ListExecutionsCommand({ stateMachineArn })),
    ),
  );
  const histories = await Promise.all(
    lists
      .flatMap(({ executions = [] }) => executions)
      .map(({ executionArn }) => sfn.send(new GetExecutionHistoryCommand({ executionArn }))),
  );
  return histories.flatMap(({ events = [] }) => events);
}
