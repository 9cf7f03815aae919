import {
  createRemoteJWKSet,
  decodeJwt,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import type { RouteAccess } from './routes.ts';

export type JwtVerdict =
  | {
      readonly kind: 'allowed';
      readonly claims: Readonly<Record<string, string>>;
      readonly scopes: readonly string[] | null;
    }
  /** `reason` is undefined when the request has no token. */
  | { readonly kind: 'unauthorized'; readonly reason: string | undefined }
  | { readonly kind: 'forbidden'; readonly reason: string };

const ALGORITHMS = ['RS256', 'RS384', 'RS512'];

const keySets = new Map<string, Promise<JWTVerifyGetKey>>();

/**
 * Authorizes a request like the JWT authorizer of an HTTP API. Checks the signature against the
 * issuer's keys, `iss`, `aud` or else `client_id`, `exp`, `nbf`, and at least one of the route's
 * scopes.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export async function authorizeJwt(
  authorization: string | undefined,
  { authorizer, scopes }: Extract<RouteAccess, { kind: 'jwt' }>,
): Promise<JwtVerdict> {
  const token = authorization?.replace(/^Bearer\s+/i, '').trim();
  if (!token) return { kind: 'unauthorized', reason: undefined };
  let claims: JWTPayload;
  try {
    if (decodeJwt(token).iss !== authorizer.issuer)
      return { kind: 'unauthorized', reason: 'the token does not have a valid issuer' };
    const verified = await jwtVerify(token, await keysOf(authorizer.issuer), {
      issuer: authorizer.issuer,
      algorithms: ALGORITHMS,
      requiredClaims: ['exp'],
    });
    claims = verified.payload;
  } catch (error) {
    return { kind: 'unauthorized', reason: reasonOf(error) };
  }
  const audience = claims.aud ?? claims.client_id;
  if (![audience].flat().some((value) => authorizer.audience.includes(String(value))))
    return { kind: 'unauthorized', reason: 'the token does not have a valid audience' };

  const granted = String(claims.scope ?? claims.scp ?? '').split(' ');
  const matched = scopes.filter((scope) => granted.includes(scope));
  if (scopes.length > 0 && matched.length === 0)
    return { kind: 'forbidden', reason: 'the token does not have a required scope' };
  return {
    kind: 'allowed',
    claims: toTextClaims(claims),
    scopes: scopes.length === 0 ? null : matched,
  };
}

/**
 * Reasons by the error codes of jose.
 * https://github.com/panva/jose/blob/main/src/util/errors.ts
 */
const REASONS: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'the token has expired',
  ERR_JWT_INVALID: 'the token is malformed',
  ERR_JWS_INVALID: 'the token is malformed',
  ERR_JWKS_NO_MATCHING_KEY: 'the token is signed by an unknown key',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'the signature is invalid',
  ERR_JOSE_ALG_NOT_ALLOWED: 'the signing method is invalid',
};

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed)
    return `the claim ${error.claim} is invalid`;
  return (
    (error instanceof errors.JOSEError && REASONS[error.code]) || 'the token could not be verified'
  );
}

/**
 * Returns the `www-authenticate` header as API Gateway sends it. AWS documents its form and the
 * description of a wrong audience; the other descriptions are ours.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html
 */
export function challengeOf(
  { kind, reason }: Exclude<JwtVerdict, { kind: 'allowed' }>,
  scopes: readonly string[],
): string {
  if (reason === undefined) return 'Bearer';
  const error = kind === 'forbidden' ? 'insufficient_scope' : 'invalid_token';
  return `Bearer scope="${scopes.join(' ')}" error="${error}" error_description="${reason}"`;
}

function keysOf(issuer: string): Promise<JWTVerifyGetKey> {
  const known = keySets.get(issuer);
  if (known !== undefined) return known;
  const discovered = discover(issuer);
  keySets.set(issuer, discovered);
  // The next request tries an unreachable issuer again.
  discovered.catch(() => keySets.delete(issuer));
  return discovered;
}

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`);
  const { jwks_uri: keys } = (await response.json()) as { readonly jwks_uri: string };
  return createRemoteJWKSet(new URL(keys));
}

/** Converts claims to texts, as functions receive them. A list becomes `[a b]`. */
const toTextClaims = (claims: JWTPayload): Record<string, string> =>
  Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [
      name,
      Array.isArray(value) ? `[${value.join(' ')}]` : String(value),
    ]),
  );
