import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import * as z from 'zod/mini';

export type TokenKind = 'customer' | 'staff';
export const TOKEN_KINDS = ['customer', 'staff'] as const satisfies readonly TokenKind[];

export const ISSUER_PATH = '/issuer';
/** Returns the path of one issuer on the AWS server. Each kind of token has its own issuer. */
export const issuerPath = (kind: TokenKind): string => `${ISSUER_PATH}/${kind}`;

export const AUDIENCES: Readonly<Record<TokenKind, string>> = {
  customer: 'stockbook-customers',
  staff: 'stockbook-staff',
};
export const SCOPES: Readonly<Record<TokenKind, string>> = {
  customer: 'orders',
  staff: 'orders.manage stock.read stock.write operations',
};

const TOKEN_LIFETIME = '12h';
const ALGORITHM = 'RS256';

const TokenRequest = z.strictObject({
  name: z.optional(z.string().check(z.minLength(1), z.maxLength(128))),
});

/** Claims that replace those of a valid token, for tests of rejected tokens. */
export type TokenOverrides = {
  readonly issuer?: string;
  readonly audience?: string | readonly string[];
  readonly scope?: string;
  /** Epoch seconds. */
  readonly expiresAt?: number;
};
export type TokenFor = (
  kind: TokenKind,
  name?: string,
  overrides?: TokenOverrides,
) => Promise<string>;

export type SigningKey = JWK & { readonly kty: string; readonly kid: string };
export type SigningKeys = Readonly<Record<TokenKind, SigningKey>>;

/** Issuers of the customers' tokens and of the staff's tokens, each with its own key. */
export type Issuers = {
  /** Router of both issuers, to be mounted at ISSUER_PATH. */
  readonly app: Hono;
  readonly tokenFor: TokenFor;
  /** Private keys that sign the tokens. */
  readonly keys: SigningKeys;
};

/**
 * Creates both issuers. `url` returns the URL of the server that mounts them, once its port is
 * known. `keys` are those of earlier issuers, whose tokens stay valid; default new keys.
 */
export async function createIssuers(url: () => string, keys?: SigningKeys): Promise<Issuers> {
  const issuerOf = (kind: TokenKind) =>
    createIssuer(kind, () => url() + issuerPath(kind), keys?.[kind]);
  const customer = await issuerOf('customer');
  const staff = await issuerOf('staff');
  const app = new Hono();
  app.route('/customer', customer.app);
  app.route('/staff', staff.app);
  return {
    app,
    tokenFor: (kind, name, overrides) =>
      (kind === 'staff' ? staff : customer).tokenFor(name, overrides),
    keys: { customer: customer.key, staff: staff.key },
  };
}

/**
 * Stands for the URL of the server of both issuers in synthesized templates, which are kept: its
 * port differs from start to start.
 */
export const ISSUER_SERVER = 'http://127.0.0.1:0';

/**
 * Returns the CDK context with which a stage accepts the tokens of both issuers. `url` is that of
 * the server that mounts them, or ISSUER_SERVER.
 */
export const issuerContext = (url: string): Readonly<Record<string, string>> => ({
  customerIssuer: url + issuerPath('customer'),
  customerAudience: AUDIENCES.customer,
  staffIssuer: url + issuerPath('staff'),
  staffAudience: AUDIENCES.staff,
});

/** Creates an issuer that signs a token for every caller. */
async function createIssuer(kind: TokenKind, url: () => string, key?: SigningKey) {
  const signingKey = key ?? (await generateSigningKey());
  const { kid, kty, n, e } = signingKey;
  const privateKey = await importJWK(signingKey, ALGORITHM);
  const jwk = { kty, n, e, kid, alg: ALGORITHM, use: 'sig' };

  const tokenFor = (name: string = kind, overrides: TokenOverrides = {}): Promise<string> => {
    const {
      scope = SCOPES[kind],
      audience = AUDIENCES[kind],
      issuer = url(),
      expiresAt = TOKEN_LIFETIME,
    } = overrides;
    const audiences = [audience].flat();
    return new SignJWT({ scope, client_id: audiences[0], token_use: 'access' })
      .setProtectedHeader({ alg: ALGORITHM, kid })
      .setSubject(name)
      .setIssuer(issuer)
      .setAudience(audiences.length === 1 ? String(audiences[0]) : audiences)
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
    return context.json({ access_token: await tokenFor(request.data.name) });
  });
  return { app, tokenFor, key: signingKey };
}

async function generateSigningKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kty: jwk.kty ?? '', kid: randomUUID() };
}
