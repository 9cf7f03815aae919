import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { HOST } from '../account.ts';

export type HttpServer = {
  readonly url: string;
  readonly port: number;
  readonly stop: () => Promise<void>;
};

type Fetch = Parameters<typeof createAdaptorServer>[0]['fetch'];

/** Listens on the loopback address of this machine. Port 0 is any free port. */
export async function listen(fetch: Fetch, port: number): Promise<HttpServer> {
  const server = createAdaptorServer({ fetch });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${bound}`,
    port: bound,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // Clients keep connections open. Their requests are complete, or no longer needed.
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}
