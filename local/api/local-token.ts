import { issuerPath, type TokenKind } from './issuer.ts';

/** Its message is for the person who typed. */
export class NoToken extends Error {
  override readonly name = 'NoToken';
}

/** Asks the issuers of a running runtime for a token. Throws NoToken when it does not run or rejects the name. */
export async function localToken(
  aws: string,
  { kind, name }: { readonly kind: TokenKind; readonly name?: string | undefined },
): Promise<string> {
  const response = await fetch(`${aws}${issuerPath(kind)}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  }).catch(() => {
    throw new NoToken('Stockbook is not running here');
  });
  const answer = (await response.json()) as {
    readonly access_token?: string;
    readonly error?: string;
  };
  if (answer.access_token === undefined)
    throw new NoToken(answer.error ?? 'the issuer gave no token');
  return answer.access_token;
}
