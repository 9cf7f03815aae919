import { createHash, randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { SignJWT } from 'jose';
import { listen } from '../../../local/api/http-server.ts';

type Client = {
  readonly id: string;
  /** Clients for programs have a secret; clients for people do not. */
  readonly secret?: string;
  readonly callbackUrls: readonly string[];
  readonly scopes: readonly string[];
};
type Grant = {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly scope: string;
};

/** Lifetime of a token, as Cognito's default. */
const EXPIRES_IN_SECONDS = 3_600;
/** Length of a SHA-256 in base64url. */
const CHALLENGE_LENGTH = 43;

export type OidcServer = {
  /** URL of the issuer, with a path like that of a user pool. */
  readonly issuerUrl: string;
  /** Requests that the server received, in order: `<endpoint> <outcome>`. */
  readonly log: readonly string[];
  readonly stop: () => Promise<void>;
};

/**
 * Starts an authorization server for tests, with the endpoints and the checks of a user pool. It
 * compares the redirect URI as text, verifies the S256 challenge, accepts a code once, and grants a
 * client only its own scopes. A person at the authorization endpoint is signed in at once, or
 * denies it.
 */
export async function startOidcServer(
  clients: readonly Client[],
  { isDenied = false }: { readonly isDenied?: boolean } = {},
): Promise<OidcServer> {
  const log: string[] = [];
  const grants = new Map<string, Grant>();
  const app = new Hono();
  let issuerUrl = '';

  app.get('/pool/.well-known/openid-configuration', (context) =>
    context.json({
      issuer: issuerUrl,
      authorization_endpoint: `${issuerUrl}/oauth2/authorize`,
      token_endpoint: `${issuerUrl}/oauth2/token`,
      jwks_uri: `${issuerUrl}/.well-known/jwks.json`,
      response_types_supported: ['code', 'token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    }),
  );

  app.get('/pool/oauth2/authorize', (context) => {
    const query = context.req.query();
    const client = clients.find(({ id, secret }) => id === query.client_id && secret === undefined);
    const { redirect_uri: redirectUri = '', state = '', scope = '' } = query;
    // Redirecting to an unknown client or URL would be unsafe.
    if (client?.callbackUrls.includes(redirectUri) !== true) {
      log.push('authorize redirect_mismatch');
      return context.text('redirect_mismatch', 400);
    }
    const redirect = (parameters: Readonly<Record<string, string>>, outcome: string) => {
      log.push(`authorize ${outcome}`);
      const url = new URL(redirectUri);
      for (const [name, value] of Object.entries({ ...parameters, state }))
        url.searchParams.set(name, value);
      return context.redirect(url.href);
    };
    const error = (name: string, description: string) =>
      redirect({ error: name, error_description: description }, name);
    if (query.response_type !== 'code')
      return error('unsupported_response_type', 'only code is supported');
    if (query.code_challenge_method !== 'S256' || query.code_challenge?.length !== CHALLENGE_LENGTH)
      return error('invalid_request', 'a code_challenge with S256 is required');
    if (scope.split(' ').some((one) => !client.scopes.includes(one)))
      return error('invalid_scope', `the client has no scope ${scope}`);
    if (isDenied) return error('access_denied', 'User denied access');
    const code = randomUUID();
    grants.set(code, { clientId: client.id, redirectUri, challenge: query.code_challenge, scope });
    return redirect({ code }, 'granted');
  });

  app.post('/pool/oauth2/token', async (context) => {
    const form = new URLSearchParams(await context.req.text());
    const error = (status: 400 | 401, name: string, description: string) => {
      log.push(`token ${name}`);
      return context.json({ error: name, error_description: description }, status);
    };
    const issueToken = async (clientId: string, scope: string) => {
      log.push(`token ${form.get('grant_type')}`);
      return context.json({
        access_token: await accessToken(issuerUrl, clientId, scope),
        token_type: 'Bearer',
        expires_in: EXPIRES_IN_SECONDS,
      });
    };
    switch (form.get('grant_type')) {
      case 'authorization_code': {
        const code = form.get('code') ?? '';
        const grant = grants.get(code);
        grants.delete(code);
        const challenge = createHash('sha256')
          .update(form.get('code_verifier') ?? '')
          .digest('base64url');
        if (grant === undefined) return error(400, 'invalid_grant', 'unknown code');
        if (grant.clientId !== form.get('client_id'))
          return error(400, 'invalid_grant', 'other client');
        if (grant.redirectUri !== form.get('redirect_uri'))
          return error(400, 'invalid_grant', 'other redirect_uri');
        if (grant.challenge !== challenge)
          return error(400, 'invalid_grant', 'wrong code_verifier');
        return issueToken(grant.clientId, grant.scope);
      }
      case 'client_credentials': {
        const [id, secret] = parseBasicCredentials(context.req.header('authorization'));
        const client = clients.find((one) => one.id === id && one.secret !== undefined);
        if (client === undefined || client.secret !== secret)
          return error(401, 'invalid_client', 'wrong client or secret');
        const scope = form.get('scope') ?? '';
        if (scope.split(' ').some((one) => !client.scopes.includes(one)))
          return error(400, 'invalid_scope', `the client has no scope ${scope}`);
        return issueToken(client.id, scope);
      }
      default:
        return error(400, 'unsupported_grant_type', 'not supported');
    }
  });

  const server = await listen(app.fetch as Parameters<typeof listen>[0], 0);
  issuerUrl = `${server.url}/pool`;
  return { issuerUrl, log, stop: server.stop };
}

const accessToken = (issuer: string, clientId: string, scope: string): Promise<string> =>
  new SignJWT({ client_id: clientId, scope, token_use: 'access' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(issuer)
    .setIssuedAt()
    .setExpirationTime(`${EXPIRES_IN_SECONDS}s`)
    .sign(new TextEncoder().encode('the key of a test'));

/** Parses an Authorization header by RFC 6749, section 2.3.1: both parts are form-encoded. */
function parseBasicCredentials(header = ''): readonly string[] {
  const decoded = Buffer.from(header.replace(/^Basic /, ''), 'base64').toString('utf8');
  return decoded.split(':').map((part) => decodeURIComponent(part.replaceAll('+', ' ')));
}
