import { UserError } from '../errors.ts';
import { issuerPath, type TokenKind } from './token-issuer.ts';

/**
 * Requests a token from the issuers of a running runtime, whose AWS endpoint is `aws`. Throws a
 * UserError when the runtime does not run, or when the issuer rejects the name.
 */
export async function requestLocalToken(
  aws: string,
  { kind, name }: { readonly kind: TokenKind; readonly name?: string | undefined },
): Promise<string> {
  const response = await fetch(`${aws}${issuerPath(kind)}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  }).catch(() => {
    throw new UserError('Stockbook is not running on this machine. Run `npm start`.');
  });
  const body = (await response.json()) as {
    readonly access_token?: string;
    readonly error?: string;
  };
  if (body.access_token === undefined)
    throw new UserError(body.error ?? 'The issuer returned no token.');
  return body.access_token;
}
