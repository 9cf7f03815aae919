import { requestLocalToken } from '../../local/api/request-local-token.ts';
import { type Endpoints, readEndpoints } from '../../local/endpoints-file.ts';
import { UserError } from '../../local/errors.ts';

/** Base URL of an API, without a slash at the end, and the token that its requests carry. */
export type Connection = { readonly url: string; readonly token: string };

export type ConnectionOptions = {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
};

/**
 * Option of a command that takes a token: its flag, its environment variable and the class of
 * callers that it is for.
 */
export type TokenOption = {
  readonly flag: string;
  readonly variable: string;
  readonly kind: 'staff' | 'customer';
};
export const STAFF_TOKEN: TokenOption = {
  flag: '--token',
  variable: 'STOCKBOOK_TOKEN',
  kind: 'staff',
};

/**
 * Returns the connection to the stage that `--url` names, or to the Stockbook running on this
 * machine. There, the default token is one of the local issuer. Throws a UserError for a bad URL,
 * for a URL without a token, and when Stockbook is not running.
 */
export async function resolveConnection(
  { url, token }: ConnectionOptions,
  { flag, variable, kind }: TokenOption = STAFF_TOKEN,
): Promise<Connection> {
  if (url === undefined) {
    const { api, aws } = requireEndpoints('--url');
    return { url: api, token: token || (await requestLocalToken(aws, { kind })) };
  }
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new UserError(`--url must be an http(s) URL, not ${url}.`);
  if (!token)
    throw new UserError(
      `--url needs a token. Set ${flag} or ${variable} (npm run -s stockbook -- token ${kind} --stage STAGE).`,
    );
  return { url: url.replace(/\/$/, ''), token };
}

/**
 * Returns the endpoints of the Stockbook running on this machine. Throws a UserError when none
 * runs. It names `option`, if the command has one for deployed stages.
 */
export function requireEndpoints(option?: '--url' | '--stage'): Endpoints {
  const endpoints = readEndpoints();
  if (endpoints !== undefined) return endpoints;
  const otherStage = option === undefined ? '' : `, or name a deployed stage with ${option}`;
  throw new UserError(
    `Stockbook is not running on this machine. Run \`npm start\` in another terminal${otherStage}.`,
  );
}
