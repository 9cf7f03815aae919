import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LambdaClient, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEVELOPER_CREDENTIALS, region } from '../../../local/account.ts';
import { type HttpServer, listen } from '../../../local/api/http-server.ts';
import { ROOT } from '../../../local/cloud-assembly/synthesize.ts';
import { loadFactor } from '../../../local/load-factor.ts';
import { type Runtime, startRuntime } from '../../../local/runtime.ts';

const WAIT = { timeout: 60_000 * loadFactor(), interval: 50 };
const SKU = 'tea';

type ApiResponse = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

let folder: string;
let runtime: Runtime;
let cloud: HttpServer;
/** Delays requests to the payments' table until it resolves. */
let paymentsGate: PromiseWithResolvers<void> | undefined;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'stockbook-checkout-'));
  runtime = await startRuntime({
    port: 0,
    logDirectory: folder,
    dynamodbProxy: startPaymentsProxy,
  });
  cloud = await listen(respondAsAws, 0);
  const unitPrice = { amount: 500, currency: 'EUR' };
  await call('staff', `PUT /products/${SKU}`, { name: SKU, unitPrice });
  await call('staff', `PUT /stock/${SKU}`, { name: SKU });
  await call('staff', `POST /stock/${SKU}/receipts`, { quantity: 100 });
});
afterAll(async () => {
  await cloud?.stop();
  await runtime?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function startPaymentsProxy(endpoint: string) {
  const proxy = await listen(async (request) => {
    const { method, headers } = request;
    const body = await request.text();
    if (body.includes('payments')) await paymentsGate?.promise;
    return fetch(endpoint, { method, headers, body });
  }, 0);
  return { endpoint: proxy.url, stop: proxy.stop };
}

/**
 * AWS endpoint of the command. Returns CloudFormation's response to DescribeStacks, and forwards
 * Lambda's API to the runtime.
 */
async function respondAsAws(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const { method } = request;
  const body = await request.text();
  if (pathname !== '/') {
    const sent = body === '' ? {} : { body };
    return fetch(runtime.aws + pathname, {
      method,
      headers: { 'content-type': 'application/json' },
      ...sent,
    });
  }
  const stack = new URLSearchParams(body).get('StackName');
  const xml = (status: number, text: string) =>
    new Response(text, { status, headers: { 'content-type': 'text/xml' } });
  const error = (status: number, code: string, message: string) =>
    xml(
      status,
      `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
    );
  if (stack === 'stockbook-forbidden-orders')
    return error(
      403,
      'AccessDenied',
      'User: x is not authorized to perform: cloudformation:DescribeStacks',
    );
  if (stack !== 'stockbook-dev-orders')
    return error(400, 'ValidationError', `Stack with id ${stack} does not exist`);
  const outputs = ['FunctionPlaceOrder', 'FunctionPayOrder'].map(
    (key) =>
      `<member><OutputKey>${key}</OutputKey><OutputValue>${runtime.outputs[key]}</OutputValue></member>`,
  );
  return xml(
    200,
    `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>${stack}</StackName><Outputs>${outputs.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
  );
}

/** Runs `stockbook checkout` with these arguments, as an operator of AWS. */
const runCheckout = (...args: readonly string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      [path.join(ROOT, 'cli', 'main.ts'), 'checkout', ...args],
      {
        env: {
          PATH: process.env.PATH,
          AWS_ENDPOINT_URL: cloud.url,
          AWS_REGION: region(),
          AWS_ACCESS_KEY_ID: DEVELOPER_CREDENTIALS.accessKeyId,
          AWS_SECRET_ACCESS_KEY: DEVELOPER_CREDENTIALS.secretAccessKey,
        },
      },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });

async function call(
  who: 'staff' | 'customer',
  route: string,
  body?: unknown,
  key: string = randomUUID(),
): Promise<ApiResponse> {
  const [method = 'GET', at = '/'] = route.split(' ');
  const response = await fetch(runtime.api + at, {
    method,
    headers: {
      authorization: `Bearer ${await runtime.tokenFor(who)}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as ApiResponse['body'] };
}

const postOrder = (key?: string) =>
  call('customer', 'POST /orders', { lines: [{ sku: SKU, quantity: 1 }] }, key);
const placeOrder = async () => String((await postOrder()).body.orderId);
const postPayment = (orderId: string, key?: string) =>
  call('customer', `POST /orders/${orderId}/payment`, { paymentMethod: 'pm_ok' }, key);
const statusOf = async (orderId: string) =>
  (await call('customer', `GET /orders/${orderId}`)).body.status;
const REJECTED = { status: 500, body: { message: 'Internal Server Error' } };

describe('stopping checkout', () => {
  test('rejects new orders and payments and nothing else, until it is started again', async () => {
    const [unpaid, toCancel, onItsWay] = [
      await placeOrder(),
      await placeOrder(),
      await placeOrder(),
    ];
    paymentsGate = Promise.withResolvers();
    expect((await postPayment(onItsWay)).status).toBe(202);
    const [orderKey, paymentKey] = [randomUUID(), randomUUID()];

    const stop = await runCheckout('stop', '--stage', 'dev');

    expect(stop).toMatchObject({ code: 0, stderr: '' });
    expect(stop.stdout).toContain('Stage dev:\nCheckout is stopped.');
    expect(await postOrder(orderKey)).toEqual(REJECTED);
    expect(await postPayment(unpaid, paymentKey)).toEqual(REJECTED);

    expect(await statusOf(onItsWay)).toBe('PAYING');
    paymentsGate.resolve();
    await expect.poll(() => statusOf(onItsWay), WAIT).toBe('COMPLETED');
    expect((await call('customer', `POST /orders/${toCancel}/cancellation`)).status).toBe(200);
    expect((await call('staff', `POST /stock/${SKU}/receipts`, { quantity: 1 })).status).toBe(201);
    expect((await call('staff', `GET /staff/orders/${unpaid}`)).status).toBe(200);
    expect((await call('staff', `POST /orders/${onItsWay}/fulfilment`)).status).toBe(200);
    const run = await call('staff', 'POST /reconciliations', {});
    const runAt = `GET /reconciliations/${run.body.reconciliationId}`;
    await expect.poll(async () => (await call('staff', runAt)).body.status, WAIT).toBe('COMPLETED');

    const start = await runCheckout('start', '--stage', 'dev');

    expect(start).toMatchObject({ code: 0, stderr: '' });
    expect(start.stdout).toContain('Checkout is open.');
    // The keys of rejected requests can still be used.
    expect((await postOrder(orderKey)).status).toBe(201);
    expect((await postPayment(unpaid, paymentKey)).status).toBe(202);
    await expect.poll(() => statusOf(unpaid), WAIT).toBe('COMPLETED');
  });

  test('can be repeated', async () => {
    await runCheckout('stop', '--stage', 'dev');

    expect(await runCheckout('stop', '--stage', 'dev')).toMatchObject({ code: 0, stderr: '' });
    expect(await runCheckout('start', '--stage', 'dev')).toMatchObject({ code: 0 });
    expect(await runCheckout('start', '--stage', 'dev')).toMatchObject({ code: 0, stderr: '' });
    expect((await postOrder()).status).toBe(201);
  });

  test('prints the limit of a function that it replaces', async () => {
    await setReservedConcurrency('FunctionPlaceOrder', 7);

    const { code, stderr } = await runCheckout('stop', '--stage', 'dev');
    await runCheckout('start', '--stage', 'dev');

    expect(code).toBe(0);
    expect(stderr).toMatch(
      /PlaceOrder has a reserved concurrency of 7.*--reserved-concurrent-executions 7/,
    );
  });
});

async function setReservedConcurrency(
  output: string,
  ReservedConcurrentExecutions: number,
): Promise<void> {
  const lambda = new LambdaClient({
    endpoint: runtime.aws,
    region: region(),
    credentials: DEVELOPER_CREDENTIALS,
  });
  const FunctionName = runtime.outputs[output];
  await lambda.send(
    new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }),
  );
  lambda.destroy();
}

describe('the status of checkout', () => {
  test('is open, stopped or partly stopped, with exit code 0 only when open', async () => {
    const open = await runCheckout('status', '--stage', 'dev');
    await setReservedConcurrency('FunctionPayOrder', 0);
    const partly = await runCheckout('status', '--stage', 'dev');
    await setReservedConcurrency('FunctionPlaceOrder', 0);
    const stopped = await runCheckout('status', '--stage', 'dev');
    await runCheckout('start', '--stage', 'dev');

    expect(open).toMatchObject({ code: 0, stdout: expect.stringContaining('Checkout is open.') });
    expect(partly).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('Checkout is partly stopped.'),
    });
    expect(partly.stdout).toMatch(/PlaceOrder +open .*\n +PayOrder +stopped/);
    expect(stopped).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('Checkout is stopped.'),
    });
  });
});

describe('wrong use is explained', () => {
  test.each([
    [['stop', '--stage', 'unknown'], /there is no stack stockbook-unknown-orders/],
    [['stop', '--stage', 'forbidden'], /not authorized to perform: cloudformation:DescribeStacks/],
    [[], /^Usage: stockbook checkout/],
    [['stop', 'start'], /too many arguments for 'stop'/],
    [['stop', '--region', 'eu-west-1'], /--region needs --stage/],
    [['stop', '--stages', 'dev'], /unknown option '--stages'/],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await runCheckout(...args);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});
