import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import { inject } from 'vitest';
import { loadFactor } from '../../../local/load-factor.ts';
import { REGION } from '../infra/deployed-stage.ts';

export type ApiResponse<Body = Problem> = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
};
export type Problem = { readonly code?: string; readonly [field: string]: unknown };
export type Stock = {
  readonly sku: string;
  readonly onHand: number;
  readonly available: number;
  readonly held: number;
  readonly committed: number;
  readonly holds: readonly { readonly expiresAt: string; readonly quantity: number }[];
};
export type Order = {
  readonly lines: readonly {
    readonly sku: string;
    readonly quantity: number;
    readonly allocations: readonly { readonly locationId: string; readonly quantity: number }[];
  }[];
  readonly orderId: string;
  readonly status: string;
  readonly expiresAt: string;
  readonly total: { readonly amount: number; readonly currency: string };
  readonly payment: {
    readonly status: string;
    readonly attempt: number;
    readonly lastError?: string;
  } | null;
  readonly timeline: readonly {
    readonly at: string;
    readonly status: string;
    readonly reason?: string;
  }[];
};

type RequestOptions = {
  readonly token?: string;
  readonly body?: unknown;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly raw?: string | Uint8Array<ArrayBuffer>;
  /** Maximum number of retries after `RETRY_LATER`. Default 3. */
  readonly retriesMax?: number;
};

const RETRIES_MAX = 3;

/**
 * Sends a request to the API under test. A POST gets a new Idempotency-Key unless one is given.
 * Retries `RETRY_LATER` with the same key after Retry-After seconds, as the API asks its clients
 * to.
 */
export async function call<Body = Problem>(
  route: string,
  { retriesMax = RETRIES_MAX, key = randomUUID(), ...request }: RequestOptions = {},
): Promise<ApiResponse<Body>> {
  for (let retries = 0; ; retries += 1) {
    const response = await send<Body>(route, { ...request, key });
    const { code } = response.body as Problem;
    if (response.status !== 503 || code !== 'RETRY_LATER' || retries === retriesMax)
      return response;
    await delay(Number(response.headers.get('retry-after') ?? 1) * 1_000);
  }
}

async function send<Body>(
  route: string,
  { token, body, key = '', headers = {}, raw }: RequestOptions,
): Promise<ApiResponse<Body>> {
  const [method = 'GET', path = '/'] = route.split(' ');
  const response = await fetch(`${inject('apiUrl')}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(method === 'POST' ? { 'idempotency-key': key } : {}),
      ...headers,
    },
    ...(raw === undefined ? {} : { body: raw }),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  // The test that sent the request asserts the content of the body.
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? {} : JSON.parse(text)) as Body,
  };
}

export const staff = (): string => inject('staffToken');
export const alice = (): string => inject('aliceToken');
export const bob = (): string => inject('bobToken');

/** Returns the token of staff, or of a customer by name, as the demo and the tour ask for it. */
export async function tokenFor(kind: 'customer' | 'staff', name = ''): Promise<string> {
  if (kind === 'staff') return staff();
  const token = { alice, bob }[name];
  if (token === undefined) throw new Error(`There is no token of ${name}.`);
  return token();
}

/** Returns the identifier of the customer to whom a token belongs: its subject. */
export function customerOf(token: string): string {
  const [, payload = ''] = token.split('.');
  const { sub } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as {
    readonly sub?: string;
  };
  if (sub === undefined) throw new Error('the token has no subject');
  return sub;
}

/**
 * Returns a signer of requests to the service routes (SigV4), or undefined when the tests have no
 * key for them.
 */
export function serviceSigner(
  overrides: { readonly secretAccessKey?: string } = {},
): AwsClient | undefined {
  const key = inject('serviceKey');
  if (key === undefined) return undefined;
  return new AwsClient({
    ...key,
    ...overrides,
    region: REGION,
    service: 'execute-api',
    retries: 0,
  });
}

/** Returns a SKU that no other test and no earlier run has used. */
export const newSku = (name: string): string => `${name}-${randomUUID().slice(0, 8)}`;

/** Creates a product with a price and stock, and returns its SKU. */
export async function createStockedSku(
  name: string,
  quantity: number,
  amount = 500,
): Promise<string> {
  const sku = newSku(name);
  const unitPrice = { amount, currency: 'EUR' };
  expectStatus(
    200,
    await call(`PUT /products/${sku}`, { token: staff(), body: { name, unitPrice } }),
  );
  expectStatus(201, await call(`PUT /stock/${sku}`, { token: staff(), body: { name } }));
  if (quantity > 0) {
    expectStatus(
      201,
      await call(`POST /stock/${sku}/receipts`, { token: staff(), body: { quantity } }),
    );
  }
  return sku;
}

export const getStock = async (sku: string): Promise<Stock> =>
  expectStatus(200, await call<Stock>(`GET /stock/${sku}`, { token: staff() })).body;

export const postOrder = (lines: readonly { sku: string; quantity: number }[], token = alice()) =>
  call<Order & Problem>('POST /orders', { token, body: { lines } });

export const placeOrder = async (sku: string, quantity: number, token = alice()): Promise<Order> =>
  expectStatus(201, await postOrder([{ sku, quantity }], token)).body;

export const getOrder = async (orderId: string, token = alice()): Promise<Order> =>
  expectStatus(200, await call<Order>(`GET /orders/${orderId}`, { token })).body;

export const postPayment = (orderId: string, paymentMethod = 'pm_ok', token = alice()) =>
  call(`POST /orders/${orderId}/payment`, { token, body: { paymentMethod } });

export async function completeOrder(
  sku: string,
  quantity: number,
  paymentMethod = 'pm_ok',
): Promise<Order> {
  const { orderId } = await placeOrder(sku, quantity);
  expectStatus(202, await postPayment(orderId, paymentMethod));
  return waitForOrderStatus(orderId, 'COMPLETED');
}

export function expectStatus<Body>(status: number, response: ApiResponse<Body>): ApiResponse<Body> {
  if (response.status !== status) {
    throw new Error(`expected ${status}, got ${response.status} ${JSON.stringify(response.body)}`);
  }
  return response;
}

const POLL_MILLISECONDS = 50;
const WAIT_SECONDS_MAX = 60;

/**
 * Repeats a read until its value is as expected. Throws after `waitSecondsMax`, or later on a busy
 * machine.
 */
export async function waitUntil<Value>(
  read: () => Promise<Value>,
  isDone: (value: Value) => boolean,
  pollMilliseconds = POLL_MILLISECONDS,
  waitSecondsMax = WAIT_SECONDS_MAX,
): Promise<Value> {
  const waitSeconds = Math.round(waitSecondsMax * loadFactor());
  const deadline = Date.now() + waitSeconds * 1000;
  for (;;) {
    const value = await read();
    if (isDone(value)) return value;
    if (Date.now() > deadline)
      throw new Error(`waited ${waitSeconds} s; last: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
  }
}

export const waitForOrderStatus = (
  orderId: string,
  status: string,
  token = alice(),
): Promise<Order> =>
  waitUntil(
    () => getOrder(orderId, token),
    (found) => found.status === status,
  );
