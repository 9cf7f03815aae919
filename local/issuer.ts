import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import * as z from 'zod/mini';

export type TokenKind = 'customer' | 'staff';

export const AUDIENCE = 'stockbook';
export const ISSUER_PATH = '/issuer';

const SCOPES: Readonly<Record<TokenKind, string>> = {
  customer: 'orders',
  staff: 'orders orders.manage stock.read stock.write operations',
};

const TOKEN_LIFE = '12h';
const ALGORITHM = 'RS256';

const TokenRequest = z.strictObject({
  kind: z.enum(['customer', 'staff']),
  name: z.optional(z.string().check(z.minLength(1), z.maxLength(128))),
});

/** What a token may say otherwise than it should: for tests of who is refused. */
export type TokenOverrides = {
  readonly issuer?: string;
  readonly audience?: string;
  readonly scope?: string;
  /** Epoch seconds. */
  readonly expiresAt?: number;
};
export type TokenFor = (kind: TokenKind, name?: string, overrides?: TokenOverrides) => Promise<string>;

export type Issuer = {
  /** To be mounted at ISSUER_PATH. */
  readonly app: Hono;
  readonly tokenFor: TokenFor;
  /** Private key. */
  readonly key: SigningKey;
};
export type SigningKey = JWK & { readonly kty: string; readonly kid: string };

/**
 * Signs a token for each caller that asks. `url` is a function because it contains the port on which the issuer itself is
 * served. `key` is the key of an earlier issuer, whose tokens stay valid; default a new one.
 */
export async function createIssuer(url: () => string, key?: SigningKey): Promise<Issuer> {
  const signingKey = key ?? (await newKey());
  const { kid, kty, n, e } = signingKey;
  const privateKey = await importJWK(signingKey, ALGORITHM);
  const jwk = { kty, n, e, kid, alg: ALGORITHM, use: 'sig' };

  const tokenFor: TokenFor = (kind, name = kind, overrides = {}) => {
    const { scope = SCOPES[kind], audience = AUDIENCE, issuer = url(), expiresAt = TOKEN_LIFE } = overrides;
    return new SignJWT({ scope, client_id: audience, token_use: 'access' })
      .setProtectedHeader({ alg: ALGORITHM, kid })
      .setSubject(name)
      .setIssuer(issuer)
      .setAudience(audience)
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime(expiresAt)
      .sign(privateKey);
  };

  const app = new Hono();
  app.get('/.well-known/openid-configuration', (context) =>
    context.json({
      issuer: url(),
      jwks_uri: `${url()}/.well-known/jwks.json`,
      token_endpoint: `${url()}/token`,
    }),
  );
  app.get('/.well-known/jwks.json', (context) => context.json({ keys: [jwk] }));
  app.post('/token', async (context) => {
    const request = TokenRequest.safeParse(await context.req.json().catch(() => undefined));
    if (!request.success) return context.json({ error: z.prettifyError(request.error) }, 400);
    return context.json({ access_token: await tokenFor(request.data.kind, request.data.name) });
  });
  return { app, tokenFor, key: signingKey };
}

async function newKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kty: jwk.kty ?? '', kid: randomUUID() };
}
