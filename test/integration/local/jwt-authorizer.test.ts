import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpServer, listen } from '../../../local/api/http-server.ts';
import { authorizeJwt, challengeOf } from '../../../local/api/jwt-authorizer.ts';

const keys = await generateKeyPair('RS256');
const strangerKeys = await generateKeyPair('RS256');
const AUDIENCE = 'the token does not have a valid audience';
let server: HttpServer;

beforeAll(async () => {
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'RS256' };
  server = await listen((request) => {
    const isDiscovery = new URL(request.url).pathname === '/.well-known/openid-configuration';
    return Response.json(isDiscovery ? { jwks_uri: `${server.url}/keys` } : { keys: [jwk] });
  }, 0);
});
afterAll(() => server.stop());

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds;

const token = (claims: object = {}, { key = keys.privateKey, kid = 'one' } = {}): Promise<string> =>
  new SignJWT({
    iss: server.url,
    aud: 'stockbook',
    sub: 'alice',
    scope: 'orders stock.read',
    exp: inSeconds(60),
    ...claims,
  })
    .setProtectedHeader({ alg: 'RS256', kid })
    .sign(key);

const verdict = async (authorization: string | undefined, scopes: readonly string[] = []) => {
  const authorizer = { issuer: server.url, audience: ['other', 'stockbook'] };
  return authorizeJwt(authorization, { kind: 'jwt', authorizer, scopes });
};

describe('the JWT authorizer', () => {
  test('allows a valid token and returns its claims as texts', async () => {
    expect(
      await verdict(`Bearer ${await token({ groups: ['a', 'b'], exp: 9_999_999_999 })}`),
    ).toEqual({
      kind: 'allowed',
      scopes: null,
      claims: {
        iss: server.url,
        aud: 'stockbook',
        sub: 'alice',
        scope: 'orders stock.read',
        exp: '9999999999',
        groups: '[a b]',
      },
    });
  });

  test.each([
    ['client_id for a missing aud', { aud: undefined, client_id: 'stockbook' }],
    ['one of several audiences', { aud: ['someone', 'stockbook'] }],
    ['a token from now on', { nbf: inSeconds(-1) }],
  ])('allows %s', async (_, claims) => {
    expect((await verdict(await token(claims))).kind).toBe('allowed');
  });

  test.each([
    ['has expired', { exp: inSeconds(-1) }, 'the token has expired'],
    ['never expires', { exp: undefined }, 'the claim exp is invalid'],
    ['is not valid yet', { nbf: inSeconds(60) }, 'the claim nbf is invalid'],
    [
      'has another issuer',
      { iss: 'https://example.com' },
      'the token does not have a valid issuer',
    ],
    ['has another audience', { aud: 'someone' }, AUDIENCE],
    ['has another audience and our client', { aud: 'someone', client_id: 'stockbook' }, AUDIENCE],
    ['has neither audience nor client', { aud: undefined }, AUDIENCE],
  ])('rejects a token that %s with the reason', async (_, claims, reason) => {
    expect(await verdict(await token(claims))).toEqual({ kind: 'unauthorized', reason });
  });

  test('rejects a token that another key signed', async () => {
    const signed = await token({}, { key: strangerKeys.privateKey });

    expect(await verdict(signed)).toEqual({
      kind: 'unauthorized',
      reason: 'the signature is invalid',
    });
  });

  test('rejects a token whose claims were changed', async () => {
    const [header, , signature] = (await token()).split('.');
    const claims = Buffer.from(
      JSON.stringify({ iss: server.url, aud: 'stockbook', exp: inSeconds(60) }),
    ).toString('base64url');

    expect(await verdict(`${header}.${claims}.${signature}`)).toEqual({
      kind: 'unauthorized',
      reason: 'the signature is invalid',
    });
  });

  test.each([
    [undefined, undefined],
    ['', undefined],
    ['Bearer ', undefined],
    ['Bearer x.y.z', 'the token is malformed'],
    ['Basic abc', 'the token is malformed'],
  ])('rejects %j', async (authorization, reason) => {
    expect(await verdict(authorization)).toEqual({ kind: 'unauthorized', reason });
  });

  test.each([
    ['no token', { kind: 'unauthorized', reason: undefined }, 'Bearer'],
    [
      'a wrong audience, as AWS documents it',
      { kind: 'unauthorized', reason: AUDIENCE },
      'Bearer scope="orders stock.read" error="invalid_token" error_description="the token does not have a valid audience"',
    ],
    [
      'a missing scope',
      { kind: 'forbidden', reason: 'the token does not have a required scope' },
      'Bearer scope="orders stock.read" error="insufficient_scope" error_description="the token does not have a required scope"',
    ],
  ] as const)('names the reason in the challenge: %s', (_, rejected, challenge) => {
    expect(challengeOf(rejected, ['orders', 'stock.read'])).toBe(challenge);
  });

  test.each([
    ['one of its scopes', ['stock.write', 'orders'], 'allowed'],
    ['no scope of its own', ['stock.write'], 'forbidden'],
    ['a part of a scope', ['stock'], 'forbidden'],
  ])('a route that requires %s: %j is %s', async (_, scopes, kind) => {
    expect((await verdict(await token(), scopes)).kind).toBe(kind);
  });

  test('also reads scopes from scp', async () => {
    expect((await verdict(await token({ scope: undefined, scp: 'orders' }), ['orders'])).kind).toBe(
      'allowed',
    );
  });
});
