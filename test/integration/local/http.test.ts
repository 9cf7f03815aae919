import { AwsClient } from 'aws4fetch';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AUDIENCES, issuerPath } from '../../../local/api/token-issuer.ts';
import { loadFactor } from '../../../local/load-factor.ts';
import { type Fixture, startFixture } from './fixture.ts';

/** Until a line is in its file. */
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
  test('hands the request to its function, and its response back', async () => {
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

  test('gives its function an environment of its own, and none of the parent', async () => {
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

  test('with a literal path comes before one with a parameter; an response without a status is its body', async () => {
    expect(await json('/echo/fixed', { method: 'POST' })).toMatchObject({
      status: 200,
      body: { hello: 'world' },
    });
  });

  test('takes and gives bytes', async () => {
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

  test('whose function fails is 500, and the log tells why', async () => {
    expect(await json('/fail')).toMatchObject({
      status: 500,
      body: { message: 'Internal Server Error' },
    });
    const { name } = await findFunction('Fail');
    await expect
      .poll(() => local.logOf(name), { timeout: LOG_MILLISECONDS_MAX * loadFactor() })
      .toMatch(/about to fail[\s\S]*RangeError: it failed/);
  });

  test('whose function is not done in time is 500', async () => {
    expect(await json('/slow')).toMatchObject({
      status: 500,
      body: { message: 'Internal Server Error' },
    });
  });

  test('takes 10 MB, and is 413 for a byte more', async () => {
    const post = (bytes: number) =>
      send('/binary', { method: 'POST', body: Buffer.alloc(bytes, 'a') });

    expect((await post(10 * 1024 * 1024 + 1)).status).toBe(413);
    expect((await post(1024 * 1024)).status).toBe(201);
  });
});

/** Functions are called as their logical ids, which end in a hash. */
async function findFunction(logicalId: string): Promise<{ name: string }> {
  const { invokeFunction } = local;
  await expect(invokeFunction(logicalId, {})).rejects.toThrow(logicalId);
  const name = await invokeFunction(logicalId, {}).catch(
    (error: Error) => error.message.split(':')[0],
  );
  return { name: `fixture-main-${name}` };
}

describe('a route with a JWT authorizer', () => {
  test('takes a token with its scope, and gives the claims as texts', async () => {
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

  test('takes a token that the issuer gives over HTTP, without Bearer too', async () => {
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

  test('is 403 for a token without its scope', async () => {
    const token = await local.tokenFor('staff', 'sam', { scope: 'operations' });

    expect(await json('/scoped', bearer(token))).toMatchObject({
      status: 403,
      body: { message: 'Forbidden' },
    });
  });

  test('is 401 for a token of the other issuer, whatever it claims', async () => {
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

  test('is 401 without a token, and for one that is none', async () => {
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

  test('takes the developer, and says who called', async () => {
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

  test('is 403 for a wrong secret, and without a signature', async () => {
    const wrong = await signed({ secretAccessKey: 'other' }).fetch(`${local.api}/service/any`, {
      method: 'PUT',
    });

    expect([wrong.status, await wrong.json()]).toEqual([403, { message: 'Forbidden' }]);
    expect((await json('/service/any', { method: 'PUT' })).status).toBe(403);
  });

  test('takes a function only where its policy allows', async () => {
    const paths = ['/service/allowed-1', '/service/other'];

    expect(await local.invokeFunction('CallService', { api: local.api, paths })).toEqual([
      200, 403,
    ]);
  });
});

describe('a function', () => {
  test('keeps its worker from one invocation to the next', async () => {
    const first = (await local.invokeFunction('Count', {})) as { counter: number };

    expect(await local.invokeFunction('Count', {})).toEqual({ counter: first.counter + 1 });
  });

  test('that times out has a new worker afterwards', async () => {
    const before = (await local.listCalls('slow')).length;
    const twice = [local.invokeFunction('Slow', {}), local.invokeFunction('Slow', {})];

    for (const invocation of twice)
      await expect(invocation).rejects.toThrow('Task timed out after 1.00 seconds');
    await expect(local.invokeFunction('Slow', {})).rejects.toThrow('Sandbox.Timedout');

    expect((await local.listCalls('slow')).length).toBe(before + 3);
  });

  test('that is not there, or not one only, is an error', async () => {
    await expect(local.invokeFunction('Nobody', {})).rejects.toThrow('0 functions');
    await expect(local.invokeFunction('S', {})).rejects.toThrow(/\d+ functions/);
  });
});
