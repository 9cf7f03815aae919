import createFetchClient, { type Client } from 'openapi-fetch';
import { authorize, type Identity } from './authorize.ts';
import type { paths } from './generated/openapi.ts';
import { type ListItem, type ListParams, type ListPath, listItems } from './items.ts';
import { type RetryOptions, withRetries } from './retry.ts';

export type ClientOptions = {
  /** URL of the API. */
  readonly url: string;
  /** @default none: only public routes */
  readonly identity?: Identity;
  readonly retry?: RetryOptions;
  /** Sends one attempt. @default the platform's fetch */
  readonly fetch?: (request: Request) => Promise<Response>;
};

/**
 * Client of the API. `GET`, `POST` and so on take a path of the OpenAPI document, and return its
 * `data` or the problem as `error`.
 */
export type StockbookClient = Client<paths> & {
  /** Iterates over the items of all pages of a list. Throws StockbookError. */
  items<Path extends ListPath>(
    path: Path,
    ...params: ListParams<Path>
  ): AsyncGenerator<ListItem<Path>>;
};

const KEY_HEADER = 'idempotency-key';
const KEY_BYTES = 16;

/**
 * Returns a client. A POST without an Idempotency-Key gets a new one, which all its attempts have.
 */
export function createClient({
  url,
  identity,
  retry,
  fetch: send = (request) => fetch(request),
}: ClientOptions): StockbookClient {
  const client = createFetchClient<paths>({
    baseUrl: url.replace(/\/$/, ''),
    fetch: withRetries(
      async (request) =>
        send(identity === undefined ? request : await authorize(request, identity)),
      retry,
    ),
  });
  client.use({
    onRequest: ({ request }) => {
      if (request.method === 'POST' && !request.headers.has(KEY_HEADER))
        request.headers.set(KEY_HEADER, newIdempotencyKey());
      return request;
    },
  });
  return { ...client, items: (path, ...params) => listItems(client, path, ...params) };
}

/** Returns a random key. Pages without TLS have no `crypto.randomUUID`. */
export const newIdempotencyKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(KEY_BYTES)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
