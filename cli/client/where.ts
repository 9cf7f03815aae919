import { localToken, NoToken } from '../../local/api/local-token.ts';
import { readEndpoints } from '../../local/endpoints-file.ts';

/** Stage that a tool calls, and the token of its caller. */
export type Where = { readonly url: string; readonly token: string };

/** Its message is for the person who typed. */
export class Usage extends Error {
  override readonly name = 'Usage';
}

const NOT_RUNNING =
  'Stockbook is not running here: `npm start` first, or name another one with --url and a token.';

type Given = { readonly url?: string | undefined; readonly token?: string | undefined };

/** A token option of a tool: its flag and its environment variable, and whose token it takes. */
export type TokenOption = {
  readonly flag: string;
  readonly variable: string;
  readonly kind: 'staff' | 'customer';
};
const STAFF: TokenOption = { flag: '--token', variable: 'STOCKBOOK_TOKEN', kind: 'staff' };

/**
 * Returns the stage that `--url` names, with the caller's token from the flag or the variable. Without `--url` it is the Stockbook that
 * runs on this machine, with a token of the local issuer by default. Throws Usage.
 */
export async function whereFrom(
  { url, token: given }: Given,
  option: TokenOption = STAFF,
): Promise<Where> {
  const token = given ?? (process.env[option.variable] || undefined);
  if (url !== undefined) {
    if (!/^https?:\/\//.test(url) || !URL.canParse(url))
      throw new Usage(`--url takes an http(s) URL, not ${url}`);
    if (token === undefined)
      throw new Usage(
        `--url needs a token: ${option.flag}, or ${option.variable} (npm run token -- --stage STAGE${option.kind === 'staff' ? '' : ' --customer'})`,
      );
    return { url: url.replace(/\/$/, ''), token };
  }
  const endpoints = readEndpoints();
  if (endpoints === undefined) throw new Usage(NOT_RUNNING);
  try {
    return {
      url: endpoints.api,
      token: token ?? (await localToken(endpoints.aws, { kind: option.kind })),
    };
  } catch (fault) {
    throw fault instanceof NoToken ? new Usage(NOT_RUNNING) : fault;
  }
}
