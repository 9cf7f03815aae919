import { requestLocalToken, TokenError } from '../../local/api/request-local-token.ts';
import { readEndpoints } from '../../local/endpoints-file.ts';

/** Stage that a tool calls, and the token of its caller. */
export type Connection = { readonly url: string; readonly token: string };

/** Its message is for the person who typed. */
export class UserError extends Error {
  override readonly name = 'Usage';
}

const NOT_RUNNING =
  'Stockbook is not running here: `npm start` first, or name another one with --url and a token.';

type ConnectionOptions = { readonly url?: string | undefined; readonly token?: string | undefined };

/** A token option of a tool: its flag and its environment variable, and whose token it takes. */
export type TokenOption = {
  readonly flag: string;
  readonly variable: string;
  readonly kind: 'staff' | 'customer';
};
const STAFF_TOKEN_OPTION: TokenOption = {
  flag: '--token',
  variable: 'STOCKBOOK_TOKEN',
  kind: 'staff',
};

/**
 * Returns the stage that `--url` names, with the caller's token from the flag or the variable. Without `--url` it is the Stockbook that
 * runs on this machine, with a token of the local issuer by default. Throws Usage.
 */
export async function resolveConnection(
  { url, token: given }: ConnectionOptions,
  option: TokenOption = STAFF_TOKEN_OPTION,
): Promise<Connection> {
  const token = given ?? (process.env[option.variable] || undefined);
  if (url !== undefined) {
    if (!/^https?:\/\//.test(url) || !URL.canParse(url))
      throw new UserError(`--url takes an http(s) URL, not ${url}`);
    if (token === undefined)
      throw new UserError(
        `--url needs a token: ${option.flag}, or ${option.variable} (npm run token -- --stage STAGE${option.kind === 'staff' ? '' : ' --customer'})`,
      );
    return { url: url.replace(/\/$/, ''), token };
  }
  const endpoints = readEndpoints();
  if (endpoints === undefined) throw new UserError(NOT_RUNNING);
  try {
    return {
      url: endpoints.api,
      token: token ?? (await requestLocalToken(endpoints.aws, { kind: option.kind })),
    };
  } catch (error) {
    throw error instanceof TokenError ? new UserError(NOT_RUNNING) : error;
  }
}
