import type { AwsClient } from 'aws4fetch';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { type Access, isScope } from '../../lambdas/contracts/access.ts';
import { type RouteKey, routeKeyOf, routes } from '../../lambdas/contracts/routes.ts';
import {
  alice,
  bob,
  createStockedSku,
  placeOrder,
  serviceSigner,
  staff,
} from '../support/e2e/e2e.ts';
import type { InvalidToken } from '../support/e2e/invalid-tokens.ts';
import { RESPONSES } from '../support/expected-app/expected-app.ts';
import type { ResponseStatuses } from '../support/expected-app/expected-context.ts';

const MATRIX: readonly (ResponseStatuses & {
  readonly routeKey: string;
  readonly access: Access;
})[] = Object.entries(RESPONSES)
  .map(([key, row]) => {
    const route = routes[key as RouteKey];
    return { ...row, routeKey: routeKeyOf(route), access: route.access };
  })
  .filter(({ access }) => access !== 'storefront' || inject('hasStorefront'));
type MatrixRow = Omit<(typeof MATRIX)[number], 'routeKey'>;

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

/** Returns a token with the claims of a valid one, signed by another key than the issuer's. */
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
  readonly expected: (row: MatrixRow) => number;
};

const isSigned = ({ access }: MatrixRow): boolean => access === 'service';
/**
 * Status for a caller without a valid token of the route's own issuer and without a valid
 * signature.
 */
const statusOfStranger = (row: MatrixRow): number => row.open ?? (isSigned(row) ? 403 : 401);
/** Status for a token of one issuer without a scope. */
const statusWithoutScope =
  (kind: 'customer' | 'staff') =>
  (row: MatrixRow): number =>
    row.open ?? (isSigned(row) || (row.access === 'orders') === (kind === 'customer') ? 403 : 401);

const statusOfCustomer = (row: MatrixRow): number => row.customer ?? statusOfStranger(row);
const statusOfOtherCustomer = (row: MatrixRow): number => row.other ?? statusOfStranger(row);
const statusOfStaff = (row: MatrixRow): number => row.staff ?? statusOfStranger(row);

/**
 * Status for each invalid token. A token with all scopes and both audiences is valid only at the
 * routes of its issuer.
 */
const STATUS_OF_INVALID_TOKEN: Readonly<Record<InvalidToken, Identity['expected']>> = {
  'customer expired': statusOfStranger,
  'customer with an unknown issuer': statusOfStranger,
  'customer for another audience': statusOfStranger,
  'customer without the scope': statusWithoutScope('customer'),
  "customer with the other issuer's scopes and audience": statusOfOtherCustomer,
  'customer claiming the other issuer': statusOfStranger,
  'staff expired': statusOfStranger,
  'staff with an unknown issuer': statusOfStranger,
  'staff for another audience': statusOfStranger,
  'staff without the scope': statusWithoutScope('staff'),
  "staff with the other issuer's scopes and audience": statusOfStaff,
  'staff claiming the other issuer': statusOfStranger,
};
const invalidTokenIdentities = (): readonly Identity[] =>
  Object.entries(STATUS_OF_INVALID_TOKEN).flatMap(([name, expected]) => {
    const token = inject('invalidTokens')[name as InvalidToken];
    return token === undefined ? [] : [{ name, send: withBearer(token), expected }];
  });

/** Lists every identity that the environment provides. A local runtime provides all of them. */
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
    'every route of the templates has a row with its access, and every row has a route',
    () => {
      const rows = MATRIX.map(({ routeKey, access }) => ({
        routeKey,
        access: access === 'provider' || access === 'storefront' ? 'public' : access,
      }));
      const byKey = (one: { routeKey: string }, other: { routeKey: string }) =>
        one.routeKey < other.routeKey ? -1 : 1;

      expect([...rows].sort(byKey)).toEqual([...inject('routes')].sort(byKey));
    },
  );

  test('tries every identity that the environment provides: all of them in a local runtime', () => {
    const given =
      Object.keys(inject('invalidTokens')).length + (serviceSigner() === undefined ? 0 : 2);

    expect(everybody).toHaveLength(7 + given);
    if (inject('localEndpoints') !== undefined) expect(everybody).toHaveLength(21);
  });

  test('expects 401 at each staff route for a customer’s token with every scope, and the reverse', () => {
    const refusedFor = (name: InvalidToken) =>
      MATRIX.filter((row) => STATUS_OF_INVALID_TOKEN[name](row) === 401).map(
        ({ routeKey }) => routeKey,
      );
    const routesOf = (isCustomer: boolean) =>
      MATRIX.filter(({ access }) => isScope(access))
        .filter(({ access }) => (access === 'orders') === isCustomer)
        .map(({ routeKey }) => routeKey);

    expect(refusedFor("customer with the other issuer's scopes and audience")).toEqual(
      routesOf(false),
    );
    expect(refusedFor("staff with the other issuer's scopes and audience")).toEqual(routesOf(true));
  });

  test.each(MATRIX)('$routeKey', async ({ routeKey, ...row }) => {
    const [method = '', template = ''] = routeKey.split(' ');
    const path = template.replace('{orderId}', orderId).replace(/\{\w+\}/, 'nothing-there');
    const init = {
      method,
      headers: { 'content-type': 'application/json', 'idempotency-key': 'matrix' },
      ...(method === 'GET' || method === 'DELETE' ? {} : { body: JSON.stringify(row.body ?? {}) }),
    };

    const statuses: Record<string, number> = {};
    for (const { name, send } of everybody)
      statuses[name] = (await send(`${inject('apiUrl')}${path}`, init)).status;

    expect(statuses).toEqual(
      Object.fromEntries(everybody.map(({ name, expected }) => [name, expected(row)])),
    );
  });
});
