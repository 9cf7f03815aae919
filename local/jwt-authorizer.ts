import { createRemoteJWKSet, decodeJwt, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { RouteAccess } from './routes.ts';

export type JwtVerdict =
  | {
      readonly kind: 'allowed';
      readonly claims: Readonly<Record<string, string>>;
      readonly scopes: readonly string[] | null;
    }
  | { readonly kind: 'unauthorized' }
  | { readonly kind: 'forbidden' };

const ALGORITHMS = ['RS256', 'RS384', 'RS512'];

const keySets = new Map<string, Promise<JWTVerifyGetKey>>();

/**
 * Decides as an HTTP API's JWT authorizer does: signature by the issuer's keys, `iss`, `aud` or else `client_id`, `exp`, `nbf`,
 * and at least one of the route's scopes.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export async function authorizeJwt(
  authorization: string | undefined,
  { authorizer, scopes }: Extract<RouteAccess, { kind: 'jwt' }>,
): Promise<JwtVerdict> {
  const token = authorization?.replace(/^Bearer\s+/i, '');
  if (!token) return { kind: 'unauthorized' };
  let claims: JWTPayload;
  try {
    if (decodeJwt(token).iss !== authorizer.issuer) return { kind: 'unauthorized' };
    const verified = await jwtVerify(token, await keysOf(authorizer.issuer), {
      issuer: authorizer.issuer,
      algorithms: ALGORITHMS,
      requiredClaims: ['exp'],
    });
    claims = verified.payload;
  } catch {
    return { kind: 'unauthorized' };
  }
  const audience = claims.aud ?? claims.client_id;
  if (![audience].flat().some((value) => authorizer.audience.includes(String(value))))
    return { kind: 'unauthorized' };

  const granted = String(claims.scope ?? claims.scp ?? '').split(' ');
  const matched = scopes.filter((scope) => granted.includes(scope));
  if (scopes.length > 0 && matched.length === 0) return { kind: 'forbidden' };
  return { kind: 'allowed', claims: asText(claims), scopes: scopes.length === 0 ? null : matched };
}

function keysOf(issuer: string): Promise<JWTVerifyGetKey> {
  const known = keySets.get(issuer);
  if (known !== undefined) return known;
  const discovered = discover(issuer);
  keySets.set(issuer, discovered);
  // An issuer that could not be reached is asked again by the next request.
  discovered.catch(() => keySets.delete(issuer));
  return discovered;
}

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`);
  const { jwks_uri: keys } = (await response.json()) as { readonly jwks_uri: string };
  return createRemoteJWKSet(new URL(keys));
}

/** A function gets every claim as a text; a list is `[a b]`. */
const asText = (claims: JWTPayload): Record<string, string> =>
  Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [
      name,
      Array.isArray(value) ? `[${value.join(' ')}]` : String(value),
    ]),
  );
