import { AwsV4Signer } from 'aws4fetch';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  canInvoke,
  DEVELOPER_PRINCIPAL,
  type Principal,
  type SignedRequest,
  verifySignature,
} from '../../../../local/api/iam-authorizer.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const NOW = Date.parse('2026-11-23T12:00:00Z');
const PRINCIPALS = new Map([[DEVELOPER_PRINCIPAL.accessKeyId, DEVELOPER_PRINCIPAL]]);
const URL_SIGNED = 'http://127.0.0.1:3000/reservations/o%2F1?b=2&a=1%201';

type Signing = Partial<ConstructorParameters<typeof AwsV4Signer>[0]>;

async function signRequest(over: Signing = {}): Promise<SignedRequest> {
  const body = String(over.body ?? '{"lines":[]}');
  const { headers, url } = await new AwsV4Signer({
    method: 'PUT',
    url: URL_SIGNED,
    headers: { 'x-correlation-id': 'c 1' },
    accessKeyId: 'local',
    secretAccessKey: 'local',
    service: 'execute-api',
    region: 'us-east-1',
    datetime: '20261123T120000Z',
    ...over,
    body,
  }).sign();
  return {
    method: 'PUT',
    url: url.toString(),
    headers: { host: '127.0.0.1:3000', ...Object.fromEntries(headers) },
    body: new TextEncoder().encode(body),
  };
}

const verify = (request: SignedRequest, now = NOW) => verifySignature(request, PRINCIPALS, now);

describe('a signature (SigV4)', () => {
  test('of a known key is accepted', async () => {
    expect(await verify(await signRequest())).toBe(DEVELOPER_PRINCIPAL);
  });

  test('is accepted with more headers than were signed', async () => {
    const request = await signRequest();

    expect(await verify({ ...request, headers: { ...request.headers, accept: '*/*' } })).toBe(
      DEVELOPER_PRINCIPAL,
    );
  });

  test.each([
    ['of a wrong secret', { secretAccessKey: 'other' }],
    ['of an unknown key', { accessKeyId: 'nobody' }],
    ['for another service', { service: 'sqs' }],
    ['for another region', { region: 'eu-west-1' }],
    ['for no region', { region: '-' }],
    ['without the date', { signQuery: true }],
    ['from 5 minutes and a second ago', { datetime: '20261123T115459Z' }],
    ['from 5 minutes and a second ahead', { datetime: '20261123T120501Z' }],
  ])('%s is rejected', async (_, over) => {
    expect(await verify(await signRequest(over))).toBeUndefined();
  });

  test('is accepted up to 5 minutes later', async () => {
    expect(await verify(await signRequest({ datetime: '20261123T115500Z' }))).toBe(
      DEVELOPER_PRINCIPAL,
    );
  });

  test('is accepted for the region of the runtime', async () => {
    vi.stubEnv('AWS_REGION', 'eu-west-1');

    expect(await verify(await signRequest({ region: 'eu-west-1' }))).toBe(DEVELOPER_PRINCIPAL);
    expect(await verify(await signRequest({ region: 'us-east-1' }))).toBeUndefined();
  });

  test.each([
    ['x-amz-security-token', 'of another session'],
    ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD'],
    ['x-amz-content-sha256', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['x-amz-target', 'something else'],
  ])('does not hold with %s added after signing', async (name, value) => {
    const request = await signRequest();

    expect(
      await verify({ ...request, headers: { ...request.headers, [name]: value } }),
    ).toBeUndefined();
  });

  test('is rejected with the hash of another body, or without one', async () => {
    for (const hash of ['UNSIGNED-PAYLOAD', '0'.repeat(64)])
      expect(
        await verify(await signRequest({ headers: { 'x-amz-content-sha256': hash } })),
      ).toBeUndefined();
  });

  test.each([
    ['another day in its scope', ['20261123/', '20261122/']],
    ['no host among its signed headers', ['host;', '']],
  ] as const)('with %s is rejected', async (_, [from, to]) => {
    const request = await signRequest();
    const { authorization = '' } = request.headers;

    expect(authorization).toContain(from);
    expect(
      await verify({
        ...request,
        headers: { ...request.headers, authorization: authorization.replace(from, to) },
      }),
    ).toBeUndefined();
  });

  test.each([
    ['another method', { method: 'DELETE' }],
    ['another path', { url: URL_SIGNED.replace('o%2F1', 'o%2F2') }],
    ['another query', { url: URL_SIGNED.replace('b=2', 'b=3') }],
    ['another body', { body: new TextEncoder().encode('{"lines":[1]}') }],
  ])('does not hold for %s', async (_, over) => {
    expect(await verify({ ...(await signRequest()), ...over })).toBeUndefined();
  });

  test('is rejected after a signed header was changed or removed', async () => {
    const request = await signRequest();
    const { 'x-correlation-id': _, ...others } = request.headers;

    expect(
      await verify({ ...request, headers: { ...others, 'x-correlation-id': 'c 2' } }),
    ).toBeUndefined();
    expect(await verify({ ...request, headers: others })).toBeUndefined();
  });

  test('is rejected when missing or malformed', async () => {
    const request = await signRequest();
    const { authorization: _, ...headers } = request.headers;

    expect(await verify({ ...request, headers })).toBeUndefined();
    expect(
      await verify({ ...request, headers: { ...headers, authorization: 'Bearer x' } }),
    ).toBeUndefined();
  });
});

describe('a policy', () => {
  const principal = (...statements: NonNullable<Principal['statements']>): Principal => ({
    ...DEVELOPER_PRINCIPAL,
    statements,
  });
  const arn = (rest: string) => `arn:aws:execute-api:us-east-1:000000000000:api/$default/${rest}`;
  const allow = (rest: string) =>
    ({ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: arn(rest) }) as const;
  const may = (by: Principal, method = 'PUT', path = '/reservations/o-1') =>
    canInvoke(by, 'api', method, path);

  test.each([
    ['none', [], false],
    ['the path', [allow('PUT/reservations/*')], true],
    ['another method', [allow('DELETE/reservations/*')], false],
    ['another path', [allow('PUT/orders/*')], false],
    ['every path', [allow('*')], true],
    [
      'the path, and a denial of it',
      [allow('*'), { ...allow('PUT/*'), Effect: 'Deny' as const }],
      false,
    ],
    ['another action', [{ ...allow('*'), Action: ['dynamodb:*'] }], false],
    ['every action of the API', [{ ...allow('*'), Action: 'execute-api:*' }], true],
  ])('that names %s: %#', (_, statements, expected) => {
    expect(may(principal(...statements))).toBe(expected);
  });

  test('treats a dot as a literal', () => {
    expect(may(principal(allow('PUT/a.b')), 'PUT', '/aXb')).toBe(false);
  });

  test('rejects a condition', () => {
    expect(() => may(principal({ ...allow('*'), Condition: {} }))).toThrow(
      'conditions on execute-api:Invoke',
    );
  });

  test('allows the developer everything', () => {
    expect(may(DEVELOPER_PRINCIPAL)).toBe(true);
  });
});
