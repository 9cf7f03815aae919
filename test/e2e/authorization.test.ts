import type { AwsClient } from 'aws4fetch';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import {
  alice,
  bob,
  createStockedSku,
  placeOrder,
  serviceSigner,
  staff,
} from '../support/e2e/e2e.ts';
import type { InvalidToken } from '../support/e2e/invalid-tokens.ts';

/** Access of a route, and the status of its response to each caller that may call it: to a harmless request, about things that do not exist. */
type Row = {
  readonly access: string;
  readonly customer?: number;
  readonly other?: number;
  readonly staff?: number;
  readonly service?: number;
  /** Status for every caller of a route without an authorizer. */
  readonly open?: number;
  /** Where an empty body would be rejected before it is looked whose the order is. */
  readonly body?: object;
};

const MATRIX: Readonly<Record<string, Row>> = {
  'GET /health': { access: 'public', open: 200 },
  // The sandbox sends no webhooks.
  'POST /webhooks/stripe': { access: 'public', open: 404 },

  'PUT /stock/{sku}': { access: 'stock.write', staff: 400, body: { lowStockThreshold: -1 } },
  'PATCH /stock/{sku}': { access: 'stock.write', staff: 400 },
  'POST /stock/{sku}/receipts': { access: 'stock.write', staff: 400 },
  'POST /stock/{sku}/adjustments': { access: 'stock.write', staff: 400 },
  'POST /stock/{sku}/counts': { access: 'stock.write', staff: 400 },
  'GET /stock/{sku}': { access: 'stock.read', staff: 404 },
  'GET /stock': { access: 'stock.read', staff: 200 },
  'GET /stock/{sku}/movements': { access: 'stock.read', staff: 404 },
  'GET /stock/{sku}/explanation': { access: 'stock.read', staff: 404 },

  'PUT /products/{sku}': { access: 'orders.manage', staff: 400 },
  'GET /products': { access: 'orders', customer: 200, other: 200 },
  'GET /staff/products': { access: 'orders.manage', staff: 200 },
  'POST /orders': { access: 'orders', customer: 400, other: 400 },
  'GET /orders': { access: 'orders', customer: 200, other: 200 },
  'GET /orders/{orderId}': { access: 'orders', customer: 200, other: 404 },
  'POST /orders/{orderId}/payment': {
    access: 'orders',
    customer: 202,
    other: 404,
    body: { paymentMethod: 'pm_declined' },
  },
  'POST /orders/{orderId}/cancellation': {
    access: 'orders',
    customer: 400,
    other: 400,
    body: { unknown: true },
  },
  'GET /staff/orders': { access: 'orders.manage', staff: 400 },
  'GET /staff/orders/{orderId}': { access: 'orders.manage', staff: 200 },
  'POST /staff/orders/{orderId}/cancellation': { access: 'orders.manage', staff: 400 },
  'POST /orders/{orderId}/fulfilment': { access: 'orders.manage', staff: 409 },
  'POST /orders/{orderId}/resumption': { access: 'operations', staff: 409 },
  'POST /customers/{customerId}/erasure': { access: 'operations', staff: 200 },

  'POST /reconciliations': { access: 'operations', staff: 400, body: { full: 'yes' } },
  'GET /reconciliations': { access: 'operations', staff: 200 },
  'GET /reconciliations/{reconciliationId}': { access: 'operations', staff: 404 },
  'GET /findings': { access: 'operations', staff: 200 },
  'GET /findings/{findingId}': { access: 'operations', staff: 404 },
  'POST /findings/{findingId}/approval': { access: 'operations', staff: 400 },
  'POST /findings/{findingId}/dismissal': { access: 'operations', staff: 400 },

  'GET /dead-letters': { access: 'operations', staff: 200 },
  'GET /dead-letters/{queue}': { access: 'operations', staff: 404 },
  'POST /dead-letters/{queue}/redrive': { access: 'operations', staff: 404 },
  'POST /dead-letters/{queue}/discard': { access: 'operations', staff: 400 },

  'PUT /reservations/{reservationId}': { access: 'service', service: 400 },
  'GET /reservations/{reservationId}': { access: 'service', service: 404 },
  'POST /reservations/{reservationId}/extension': { access: 'service', service: 400 },
  'DELETE /reservations/{reservationId}': { access: 'service', service: 200 },
  'GET /audit/cells': { access: 'service', service: 200 },
  'GET /audit/reservations': { access: 'service', service: 400 },
  'GET /audit/counts': { access: 'service', service: 400 },
  'GET /audit/orders': { access: 'service', service: 200 },
  'GET /audit/payments': { access: 'service', service: 200 },
  'GET /payments/{paymentId}/action': { access: 'service', service: 400 },
  'POST /repairs/cells': { access: 'service', service: 400 },
  'POST /repairs/counts': { access: 'service', service: 400 },
  'POST /repairs/reservations/{reservationId}': { access: 'service', service: 400 },
  'POST /repairs/orders/{orderId}': { access: 'service', service: 400 },
  'POST /repairs/payments/{orderId}': { access: 'service', service: 400 },
};

type Send = (
  url: string,
  init: RequestInit & { headers: Record<string, string> },
) => Promise<Response>;
const withBearer =
  (token: string): Send =>
  (url, init) =>
    fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });
const withSigner =
  (signer: AwsClient): Send =>
  (url, init) =>
    signer.fetch(url, init);

/** Returns a token with the claims of a valid one, signed by a key that is not the issuer's. */
async function forgeToken(token: string): Promise<string> {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const { kid = 'forged' } = { ...(await exportJWK(publicKey)) };
  const [, payload = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Record<
    string,
    unknown
  >;
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey);
}

type Identity = {
  readonly name: string;
  readonly send: Send;
  readonly expected: (row: Row) => number;
};

const isSigned = ({ access }: Row): boolean => access === 'service';
/** Status for a caller without a valid token of the route's own issuer, and without a valid signature. */
const statusOfStranger = (row: Row): number => row.open ?? (isSigned(row) ? 403 : 401);
/** Status for a token of one issuer without a scope. */
const statusWithoutScope =
  (kind: 'customer' | 'staff') =>
  (row: Row): number =>
    row.open ?? (isSigned(row) || (row.access === 'orders') === (kind === 'customer') ? 403 : 401);

const statusOfCustomer = (row: Row): number => row.customer ?? statusOfStranger(row);
const statusOfOtherCustomer = (row: Row): number => row.other ?? statusOfStranger(row);
const statusOfStaff = (row: Row): number => row.staff ?? statusOfStranger(row);

/** Status for each wrong token. One with all scopes and both audiences is valid at the routes of its issuer, and nowhere else. */
const STATUS_OF_INVALID_TOKEN: Readonly<Record<InvalidToken, Identity['expected']>> = {
  'customer expired': statusOfStranger,
  'customer of another issuer': statusOfStranger,
  'customer for another audience': statusOfStranger,
  'customer without the scope': statusWithoutScope('customer'),
  'customer with the scopes and audience of the other': statusOfOtherCustomer,
  'customer naming the issuer of the other': statusOfStranger,
  'staff expired': statusOfStranger,
  'staff of another issuer': statusOfStranger,
  'staff for another audience': statusOfStranger,
  'staff without the scope': statusWithoutScope('staff'),
  'staff with the scopes and audience of the other': statusOfStaff,
  'staff naming the issuer of the other': statusOfStranger,
};
const invalidTokenIdentities = (): readonly Identity[] =>
  Object.entries(STATUS_OF_INVALID_TOKEN).flatMap(([name, expected]) => {
    const token = inject('invalidTokens')[name as InvalidToken];
    return token === undefined ? [] : [{ name, send: withBearer(token), expected }];
  });

/** Every identity that the environment gives: all of them in a local runtime. */
const listIdentities = async (): Promise<readonly Identity[]> => [
  { name: 'nobody', send: (url, init) => fetch(url, init), expected: statusOfStranger },
  { name: 'garbage', send: withBearer('garbage'), expected: statusOfStranger },
  {
    name: 'forged as a customer',
    send: withBearer(await forgeToken(alice())),
    expected: statusOfStranger,
  },
  {
    name: 'forged as staff',
    send: withBearer(await forgeToken(staff())),
    expected: statusOfStranger,
  },
  ...invalidTokenIdentities(),
  { name: 'a customer', send: withBearer(alice()), expected: statusOfCustomer },
  { name: 'another customer', send: withBearer(bob()), expected: statusOfOtherCustomer },
  { name: 'staff', send: withBearer(staff()), expected: statusOfStaff },
  ...signedIdentities(
    'a service that signs',
    serviceSigner(),
    (row) => row.service ?? statusOfStranger(row),
  ),
  ...signedIdentities(
    'a wrong secret',
    serviceSigner({ secretAccessKey: 'wrong' }),
    statusOfStranger,
  ),
];

const signedIdentities = (
  name: string,
  signer: AwsClient | undefined,
  expected: Identity['expected'],
): readonly Identity[] =>
  signer === undefined ? [] : [{ name, send: withSigner(signer), expected }];

describe('who may call what', () => {
  let everybody: readonly Identity[] = [];
  let orderId = '';
  beforeAll(async () => {
    everybody = await listIdentities();
    ({ orderId } = await placeOrder(await createStockedSku('matrix', 5), 1));
  });

  test.skipIf(inject('routes').length === 0)(
    'every route of the templates has its row, with its access; and every row its route',
    () => {
      const rows = Object.entries(MATRIX).map(([routeKey, { access }]) => ({ routeKey, access }));
      const byKey = (one: { routeKey: string }, other: { routeKey: string }) =>
        one.routeKey < other.routeKey ? -1 : 1;

      expect([...rows].sort(byKey)).toEqual([...inject('routes')].sort(byKey));
    },
  );

  test('is tried with every identity that the environment gives: all of them in a local runtime', () => {
    const given =
      Object.keys(inject('invalidTokens')).length + (serviceSigner() === undefined ? 0 : 2);

    expect(everybody).toHaveLength(7 + given);
    if (inject('localEndpoints') !== undefined) expect(everybody).toHaveLength(21);
  });

  test('expects 401 at each staff route for a customer’s token with every scope, and the reverse', () => {
    const refusedFor = (name: InvalidToken) =>
      Object.entries(MATRIX)
        .filter(([, row]) => STATUS_OF_INVALID_TOKEN[name](row) === 401)
        .map(([routeKey]) => routeKey);
    const routes = (isOfCustomers: boolean) =>
      Object.entries(MATRIX)
        .filter(([, { access }]) => access !== 'public' && access !== 'service')
        .filter(([, { access }]) => (access === 'orders') === isOfCustomers)
        .map(([routeKey]) => routeKey);

    expect(refusedFor('customer with the scopes and audience of the other')).toEqual(routes(false));
    expect(refusedFor('staff with the scopes and audience of the other')).toEqual(routes(true));
  });

  test.each(Object.entries(MATRIX))('%s', async (routeKey, row) => {
    const [method = '', template = ''] = routeKey.split(' ');
    const path = template.replace('{orderId}', orderId).replace(/\{\w+\}/, 'nothing-there');
    const init = {
      method,
      headers: { 'content-type': 'application/json', 'idempotency-key': 'matrix' },
      ...(method === 'GET' || method === 'DELETE' ? {} : { body: JSON.stringify(row.body ?? {}) }),
    };

    const answered: Record<string, number> = {};
    for (const { name, send } of everybody)
      answered[name] = (await send(`${inject('apiUrl')}${path}`, init)).status;

    expect(answered).toEqual(
      Object.fromEntries(everybody.map(({ name, expected }) => [name, expected(row)])),
    );
  });
});
