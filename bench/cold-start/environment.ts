import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DEVELOPER_CREDENTIALS, region } from '../../local/account.ts';
import { type AuthorizerContext, toHttpEvent } from '../../local/api/http-event.ts';
import { matchRoute, readRoutes } from '../../local/api/routes.ts';
import { createResourceNames } from '../../local/cloud-assembly/resource-names.ts';
import { loadResources, type Resources } from '../../local/cloud-assembly/resources.ts';
import { DemoClient } from '../../local/demo/demo-client.ts';
import { type Runtime, startRuntime } from '../../local/runtime.ts';
import { type ReplayProxy, startReplayProxy } from './replay-proxy.ts';

/** A function and the first event that it handles. */
export type MeasuredFunction = {
  /** `<context>/<handler>` of its bundle. */
  readonly name: string;
  readonly functionName: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly event: object;
  /** Throws if the response is an error: a fast error would look like a fast start. */
  readonly check: (response: unknown) => void;
};

export type ColdStartEnvironment = {
  readonly measuredFunctions: readonly MeasuredFunction[];
  readonly dynamodb: ReplayProxy;
  readonly api: ReplayProxy;
  readonly stop: () => Promise<void>;
};

const SKU = 'cold-tea';
const PRICE = { amount: 500, currency: 'EUR' };
/** Long, because the events are created once and used for minutes. */
const HOLD_SECONDS = 3_600;
const CUSTOMER = 'cold-customer';

/**
 * Starts the local runtime with a product, its stock and an order's hold. The environments of the
 * functions point to recording proxies in front of it.
 */
export async function createColdStartEnvironment(): Promise<ColdStartEnvironment> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-cold-start-'));
  const stops = [async () => rmSync(folder, { recursive: true, force: true })];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const runtime = await startRuntime({
      port: 0,
      logDirectory: folder,
      context: { holdSeconds: String(HOLD_SECONDS) },
    });
    stops.push(runtime.stop);
    const dynamodb = await startReplayProxy(runtime.dynamodb);
    stops.push(dynamodb.stop);
    const api = await startReplayProxy(runtime.api);
    stops.push(api.stop);

    const { stacks } = runtime;
    const resources = loadResources(
      stacks,
      createResourceNames(stacks, { api: api.url, sqs: runtime.sqs }),
    );
    const orderId = await createStockAndOrder(runtime);
    const measuredFunctions = toMeasuredFunctions(resources, orderId, {
      AWS_ENDPOINT_URL: runtime.aws,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    });
    return { measuredFunctions, dynamodb, api, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Creates a product with stock and an unpaid order that holds two units. Returns the order's id.
 */
async function createStockAndOrder({ api, tokenFor }: Runtime): Promise<string> {
  const staff = new DemoClient(api, await tokenFor('staff'));
  await staff.putProduct({ sku: SKU, name: 'Tea', unitPrice: PRICE });
  await staff.receive(SKU, { quantity: 1_000 });
  const customer = new DemoClient(api, await tokenFor('customer', CUSTOMER));
  const order = await customer.placeOrder([{ sku: SKU, quantity: 2 }]);
  return order.orderId;
}

function toMeasuredFunctions(
  resources: Resources,
  orderId: string,
  endpoints: Readonly<Record<string, string>>,
): readonly MeasuredFunction[] {
  const lines = [{ sku: SKU, quantity: 2 }];
  const iam = { iam: { accessKey: 'cold', userArn: 'arn:aws:iam::000000000000:user/cold' } };
  const customer = { jwt: { claims: { sub: CUSTOMER }, scopes: ['orders'] } };
  const parts = [
    {
      name: 'inventory/reserve-stock',
      event: toHttpEventOf(resources, iam, 'PUT', '/reservations/cold-1', {
        lines,
        orderId: 'cold-1',
      }),
      check: expectStatus(201),
    },
    {
      name: 'orders/place-order',
      event: toHttpEventOf(resources, customer, 'POST', '/orders', { lines }),
      check: expectStatus(201),
    },
    {
      name: 'inventory/commit-reservation',
      event: queueEvent('OrderConfirmed', {
        orderId,
        customerId: CUSTOMER,
        lines,
        total: { amount: 2 * PRICE.amount, currency: PRICE.currency },
      }),
      check: expectNoBatchFailures,
    },
  ];
  return parts.map(({ name, ...rest }) => {
    const { functionName, variables } = findFunction(resources, name);
    return {
      name,
      functionName,
      environment: {
        ...endpoints,
        AWS_REGION: region(),
        AWS_ACCESS_KEY_ID: DEVELOPER_CREDENTIALS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: DEVELOPER_CREDENTIALS.secretAccessKey,
        AWS_LAMBDA_FUNCTION_NAME: functionName,
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24',
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        TZ: 'UTC',
        ...variables,
      },
      ...rest,
    };
  });
}

/**
 * Finds a function by its handler's name in the logical id: `reserve-stock` is `ReserveStock…`, in
 * the stack of its context.
 */
function findFunction(resources: Resources, bundle: string) {
  const [context = '', handler = ''] = bundle.split('/');
  const id = handler.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
  const found = resources
    .ofType('AWS::Lambda::Function')
    .filter(({ stack, logicalId }) => stack.includes(context) && logicalId.startsWith(id));
  const [only, ...others] = found;
  if (only === undefined || others.length > 0)
    throw new Error(
      `There are ${found.length} functions for ${bundle}, not one: ${found.map(({ logicalId }) => logicalId).join(', ')}`,
    );
  return { functionName: only.name, variables: only.properties.Environment?.Variables ?? {} };
}

function toHttpEventOf(
  resources: Resources,
  authorized: AuthorizerContext,
  method: string,
  target: string,
  body: object,
) {
  const match = matchRoute(readRoutes(resources), method, target);
  if (match === undefined) throw new Error(`The API has no route ${method} ${target}.`);
  const headers = {
    host: 'localhost',
    'content-type': 'application/json',
    'idempotency-key': 'cold-1',
  };
  const request = {
    method,
    target,
    headers,
    body: new TextEncoder().encode(JSON.stringify(body)),
    sourceIp: '127.0.0.1',
  };
  return toHttpEvent(request, match, 'cold', authorized);
}

const queueEvent = (type: string, data: object) => ({
  Records: [
    {
      messageId: 'cold-1',
      attributes: { ApproximateReceiveCount: '1' },
      body: JSON.stringify({
        'detail-type': type,
        detail: {
          eventId: 'cold-1',
          version: 1,
          occurredAt: new Date().toISOString(),
          correlationId: 'cold',
          data,
        },
      }),
    },
  ],
});

const expectStatus =
  (wanted: number) =>
  (response: unknown): void => {
    const { statusCode, body } = response as { statusCode?: number; body?: string };
    if (statusCode !== wanted)
      throw new Error(`The response was ${statusCode}, not ${wanted}: ${body}`);
  };

function expectNoBatchFailures(response: unknown): void {
  const { batchItemFailures } = response as { batchItemFailures?: readonly unknown[] };
  if (batchItemFailures?.length !== 0)
    throw new Error(`Messages failed: ${JSON.stringify(response)}`);
}
