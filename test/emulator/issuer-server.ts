import { Hono } from 'hono';
import { type HttpServer, listen } from '../../local/api/http-server.ts';
import { createIssuers, ISSUER_PATH, type Issuers } from '../../local/api/token-issuer.ts';

export type IssuerServer = HttpServer & Pick<Issuers, 'tokenFor'>;

/**
 * Serves the issuers of the local runtime on a free port of the loopback address. They sign every
 * token that a test needs.
 */
export async function startIssuers(): Promise<IssuerServer> {
  let url = '';
  const { app, tokenFor } = await createIssuers(() => url);
  const server = await listen(new Hono().route(ISSUER_PATH, app).fetch, 0);
  url = server.url;
  return { ...server, tokenFor };
}
