import { AwsClient } from 'aws4fetch';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AUDIENCES, issuerPath } from '../../../local/api/token-issuer.ts';
import { loadFactor } from '../../../local/load-factor.ts';
import { type Fixture, startFixture } from './fixture.ts';

/** Longest wait for a line in its log file. */
const LOG_MILLISECONDS_MAX = 30_000;

let local: Fixture;
beforeAll(async () => {
  local = await startFixture();
});
afterAll(() => local?.stop());

const send = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(local.api + path, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text };
};
const json = async (path: string, init: RequestInit = {}) => {
  const { text, ...response } = await send(path, init);
  return { ...response, body: JSON.parse(text) };
};
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe('a route', () => {
  test('invokes its function and returns its response', async () => {
    const { status, headers, body } = await json('/echo/a%20b?x=1&x=2', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'X-Mixed': 'Case' },
      body: '{"n":1}',
    });

    expect(status).toBe(200);
    expect(headers.get('x-own')).toBe('yes');
    expect(headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(body.event).toMatchObject({
      routeKey: 'POST /echo/{id}',
      rawPath: '/echo/a b',
      pathParameters: { id: 'a b' },
      queryStringParameters: { x: '1,2' },
      headers: { 'x-mixed': 'Case' },
      body: '{"n":1}',
      isBase64Encoded: false,
    });
    expect(body.event.requestContext).not.toHaveProperty('authorizer');
  });

  test('gives its function its own environment, without that of the parent', async () => {
    process.env.ONLY_IN_PARENT = 'yes';

    const { body } = await json('/echo/1', { method: 'POST' });

    expect(body.environment).toMatchObject({
      OWN: 'Echo',
      CALLS_TABLE: local.tables.calls,
      AWS_LAMBDA_FUNCTION_NAME: body.functionName,
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: local.aws,
      AWS_ENDPOINT_URL_DYNAMODB: local.dynamodb,
    });
    expect(body.environment).not.toHaveProperty('ONLY_IN_PARENT');
    expect(body.environment).not.toHaveProperty('PATH');
  });

  test('with a literal path takes precedence over one with a parameter; a result without a status is the body', async () => {
    expect(await json('/echo/fixed', { method: 'POST' })).toMatchObject({
      status: 200,
      body: { hello: 'world' },
    });
  });

  test('accepts and returns bytes', async () => {
    const response = await fetch(`${local.api}/binary`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: new Uint8Array([0, 255, 128]),
    });

    expect(response.status).toBe(201);
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 255, 128]);
  });

  test.each([
    ['GET', '/echo/1'],
    ['GET', '/'],
    ['POST', '/echo/1/2'],
  ])('that is not there is 404: %s %s', async (method, path) => {
    expect(await json(path, { method })).toMatchObject({
      status: 404,
      body: { message: 'Not Found' },
    });
  });

  test('returns 500 when its function fails, and the log has the error', async () => {
    expect(await json('/fail')).toMatchObject({
      status: 500,
      body: { message: 'Internal Server Error' },
    });
    const { name } = await findFunction('Fail');
    await expect
      .poll(() => local.logOf(name), { timeout: LOG_MILLISECONDS_MAX * loadFactor() })
      .toMatch(/about to fail[\s\S]*RangeError: it failed/);
  });

  test('returns 500 when its function exceeds its time', async () => {
    expect(await json('/slow')).toMatchObject({
      status: 500,
      body: { message: 'Internal Server Error' },
    });
  });

  test('accepts 10 MB and returns 413 for one byte more', async () => {
    const post = (bytes: number) =>
      send('/binary', { method: 'POST', body: Buffer.alloc(bytes, 'a') });

    expect((await post(10 * 1024 * 1024 + 1)).status).toBe(413);
    expect((await post(1024 * 1024)).status).toBe(201);
  });
});

/** Finds a function by its logical id, which ends in a hash. */
async function findFunction(logicalId: string): Promise<{ name: string }> {
  const { invokeFunction } = local;
  await expect(invokeFunction(logicalId, {})).rejects.toThrow(logicalId);
  const name = await invokeFunction(logicalId, {}).catch(
    (error: Error) => error.message.split(':')[0],
  );
  return { name: `fixture-main-${name}` };
}

describe('a route with a JWT authorizer', () => {
  test('accepts a token with its scope and passes the claims as texts', async () => {
    const { status, body } = await json('/scoped', bearer(await local.tokenFor('staff', 'sam')));

    expect(status).toBe(200);
    expect(body.event.requestContext.authorizer.jwt).toMatchObject({
      claims: {
        sub: 'sam',
        aud: 'stockbook-staff',
        client_id: 'stockbook-staff',
        exp: expect.stringMatching(/^\d+$/),
      },
      scopes: ['stock.read'],
    });
  });

  test("accepts a token from the issuer's HTTP endpoint, also without Bearer", async () => {
    const response = await fetch(`${local.aws}${issuerPath('staff')}/token`, {
      method: 'POST',
      body: JSON.stringify({ name: 'sam' }),
    });
    const { access_token: token } = (await response.json()) as { access_token: string };

    const { status, body } = await json('/token', { headers: { authorization: token } });

    expect(status).toBe(200);
    expect(body.event.requestContext.authorizer.jwt).toMatchObject({
      claims: { sub: 'sam', scope: 'orders.manage stock.read stock.write operations' },
      scopes: null,
    });
  });

  test('returns 403 for a token without its scope', async () => {
    const token = await local.tokenFor('staff', 'sam', { scope: 'operations' });

    expect(await json('/scoped', bearer(token))).toMatchObject({
      status: 403,
      body: { message: 'Forbidden' },
    });
  });

  test('returns 401 for a token of the other issuer, whatever its claims are', async () => {
    const claims = { audience: AUDIENCES.staff, scope: 'stock.read' };
    const issuer = `${local.aws}${issuerPath('staff')}`;

    const { status, headers } = await json(
      '/scoped',
      bearer(await local.tokenFor('customer', 'alice', claims)),
    );
    const forged = await json(
      '/scoped',
      bearer(await local.tokenFor('customer', 'alice', { ...claims, issuer })),
    );

    expect([status, forged.status]).toEqual([401, 401]);
    expect(headers.get('www-authenticate')).toContain('the token does not have a valid issuer');
    expect(forged.headers.get('www-authenticate')).toContain(
      'the token is signed by an unknown key',
    );
  });

  test('returns 401 without a token and for an invalid one', async () => {
    expect(await json('/scoped')).toMatchObject({ status: 401, body: { message: 'Unauthorized' } });
    expect((await json('/scoped', bearer('nonsense'))).status).toBe(401);
  });
});

describe('a route with IAM', () => {
  const signed = (over: object = {}) =>
    new AwsClient({
      accessKeyId: 'local',
      secretAccessKey: 'local',
      region: 'us-east-1',
      service: 'execute-api',
      retries: 0,
      ...over,
    });

  test("accepts the developer and passes the caller's identity", async () => {
    const response = await signed().fetch(`${local.api}/service/any`, {
      method: 'PUT',
      body: '{}',
    });
    const { event } = (await response.json()) as {
      event: { requestContext: { authorizer: { iam: object } } };
    };

    expect(response.status).toBe(200);
    expect(event.requestContext.authorizer.iam).toMatchObject({
      accessKey: 'local',
      userArn: 'arn:aws:iam::000000000000:user/developer',
    });
  });

  test('returns 403 for a wrong secret and without a signature', async () => {
    const wrong = await signed({ secretAccessKey: 'other' }).fetch(`${local.api}/service/any`, {
      method: 'PUT',
    });

    expect([wrong.status, await wrong.json()]).toEqual([403, { message: 'Forbidden' }]);
    expect((await json('/service/any', { method: 'PUT' })).status).toBe(403);
  });

  test('accepts a function only when its policy allows the request', async () => {
    const paths = ['/service/allowed-1', '/service/other'];

    expect(await local.invokeFunction('CallService', { api: local.api, paths })).toEqual([
      200, 403,
    ]);
  });
});

describe('a function', () => {
  test('keeps its worker between invocations', async () => {
    const first = (await local.invokeFunction('Count', {})) as { counter: number };

    expect(await local.invokeFunction('Count', {})).toEqual({ counter: first.counter + 1 });
  });

  test('has a new worker after a timeout', async () => {
    const before = (await local.listCalls('slow')).length;
    const twice = [local.invokeFunction('Slow', {}), local.invokeFunction('Slow', {})];

    for (const invocation of twice)
      await expect(invocation).rejects.toThrow('Task timed out after 1.00 seconds');
    await expect(local.invokeFunction('Slow', {})).rejects.toThrow('Sandbox.Timedout');

    expect((await local.listCalls('slow')).length).toBe(before + 3);
  });

  test('is an error when its id matches no function or several', async () => {
    await expect(local.invokeFunction('Nobody', {})).rejects.toThrow('0 functions');
    await expect(local.invokeFunction('S', {})).rejects.toThrow(/\d+ functions/);
  });
});
