import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { UserError } from '../../local/errors.ts';

/** Addresses of the host names of this machine. A browser may use either address of `localhost`. */
const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  localhost: ['127.0.0.1', '::1'],
  '127.0.0.1': ['127.0.0.1'],
  '[::1]': ['::1'],
};
const MILLISECONDS_PER_SECOND = 1_000;

/** Returns whether the URL is plain HTTP on this machine. */
export function isLoopback(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'http:' && Object.hasOwn(ADDRESSES, url.hostname);
}

type Callback = {
  readonly url: URL;
  /** Shows a text in the browser. */
  readonly respond: (status: number, text: string) => Promise<void>;
};
export type CallbackListener = {
  /**
   * Waits for the next request to the callback URL. Throws a UserError after the timeout, and when
   * the signal aborts.
   */
  readonly waitForCallback: (timeoutSeconds: number, signal: AbortSignal) => Promise<Callback>;
  readonly close: () => Promise<void>;
};

/**
 * Listens on a loopback callback URL, on this machine only. Throws a UserError when its port is in
 * use.
 */
export async function listenForCallback(callbackUrl: string): Promise<CallbackListener> {
  const { hostname, port, pathname } = new URL(callbackUrl);
  const callback = Promise.withResolvers<Callback>();
  const createCallbackServer = () =>
    createServer((request, response) => {
      const url = new URL(request.url ?? '/', callbackUrl);
      if (request.method !== 'GET' || url.pathname !== pathname) {
        void createResponder(response)(404, 'Not found');
        return;
      }
      callback.resolve({ url, respond: createResponder(response) });
    });
  const servers: Server[] = [];
  const close = async (): Promise<void> => {
    for (const server of servers) {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    }
  };
  for (const address of ADDRESSES[hostname] ?? []) {
    const server = createCallbackServer();
    try {
      server.listen(Number(port || 80), address);
      await once(server, 'listening');
      servers.push(server);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      // A machine may have no IPv6.
      if (servers.length > 0 && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')) continue;
      await close();
      if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
      throw new UserError(
        `Cannot listen on ${callbackUrl}: port ${port || 80} is ${code === 'EACCES' ? 'reserved' : 'in use'}. ` +
          "Stop the other program, or put another loopback URL first among the stage's callback URLs.",
      );
    }
  }
  return {
    close,
    waitForCallback: (timeoutSeconds, signal) =>
      waitForCallback(callback.promise, timeoutSeconds, signal),
  };
}

async function waitForCallback(
  callback: Promise<Callback>,
  timeoutSeconds: number,
  signal: AbortSignal,
): Promise<Callback> {
  const interrupted = Promise.withResolvers<never>();
  const timer = setTimeout(
    () =>
      interrupted.reject(
        new UserError(`No sign-in within ${timeoutSeconds} s. Run the command again.`),
      ),
    timeoutSeconds * MILLISECONDS_PER_SECOND,
  );
  const onAbort = () => interrupted.reject(new UserError('Stopped before the sign-in.'));
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([callback, interrupted.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * Responds with headers that keep the URL out of caches and of later requests: it contains the code
 * of the sign-in.
 */
const createResponder =
  (response: ServerResponse): Callback['respond'] =>
  async (status, text) => {
    response.writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      connection: 'close',
    });
    const finished = Promise.race([once(response, 'finish'), once(response, 'close')]);
    response.end(`${text}\n`);
    await finished;
  };
