import { ISSUER_PATH } from './issuer.ts';

/** Its message is for the person who typed. */
export class NoToken extends Error {
  override readonly name = 'NoToken';
}

/** A token that the issuer of a running runtime signs. Throws NoToken where none can be had. */
export async function localToken(
  aws: string,
  who: { readonly kind: string; readonly name?: string | undefined },
): Promise<string> {
  const response = await fetch(`${aws}${ISSUER_PATH}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(who),
  }).catch(() => {
    throw new NoToken('Stockbook is not running here');
  });
  const answer = (await response.json()) as { readonly access_token?: string; readonly error?: string };
  if (answer.access_token === undefined) throw new NoToken(answer.error ?? 'the issuer gave no token');
  return answer.access_token;
}
