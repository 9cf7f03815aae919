import { issuerPath, type TokenKind } from './token-issuer.ts';

/** Its message is for the person who typed. */
export class TokenError extends Error {
  override readonly name = 'NoToken';
}

/** Asks the issuers of a running runtime for a token. Throws NoToken when it does not run or rejects the name. */
export async function requestLocalToken(
  aws: string,
  { kind, name }: { readonly kind: TokenKind; readonly name?: string | undefined },
): Promise<string> {
  const response = await fetch(`${aws}${issuerPath(kind)}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  }).catch(() => {
    throw new TokenError('Stockbook is not running here');
  });
  const body = (await response.json()) as {
    readonly access_token?: string;
    readonly error?: string;
  };
  if (body.access_token === undefined)
    throw new TokenError(body.error ?? 'the issuer gave no token');
  return body.access_token;
}
