import { readEndpoints } from '../local/endpoints-file.ts';
import { localToken, NoToken } from '../local/local-token.ts';

/** Which Stockbook a tool talks to, and as whom. */
export type Where = { readonly url: string; readonly token: string };

/** Its message is for the person who typed. */
export class Usage extends Error {
  override readonly name = 'Usage';
}

const NOT_RUNNING =
  'Stockbook is not running here: `npm start` first, or name another one with --url and --token (or STOCKBOOK_TOKEN).';

type Given = { readonly url?: string | undefined; readonly token?: string | undefined };

/** As given; else the Stockbook that runs on this machine, as staff. */
export async function whereFrom({ url, token = process.env.STOCKBOOK_TOKEN }: Given): Promise<Where> {
  if (url !== undefined) {
    if (!/^https?:\/\//.test(url) || !URL.canParse(url))
      throw new Usage(`--url takes an http(s) URL, not ${url}`);
    if (token === undefined) throw new Usage('--url needs a token: --token, or STOCKBOOK_TOKEN');
    return { url: url.replace(/\/$/, ''), token };
  }
  const endpoints = readEndpoints();
  if (endpoints === undefined) throw new Usage(NOT_RUNNING);
  try {
    return { url: endpoints.api, token: token ?? (await localToken(endpoints.aws, { kind: 'staff' })) };
  } catch (fault) {
    throw fault instanceof NoToken ? new Usage(NOT_RUNNING) : fault;
  }
}
