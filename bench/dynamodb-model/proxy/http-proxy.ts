import { once } from 'node:events';
import http from 'node:http';
import { HOST } from '../../../local/account.ts';
import {
  type DynamoDbRequest,
  type DynamoDbResponse,
  exceptionResponse,
  toDynamoDbRequest,
} from './protocol.ts';

export type ProxyServer = { readonly endpoint: string; readonly stop: () => Promise<void> };
export type Forward = (incoming: DynamoDbRequest) => Promise<DynamoDbResponse>;

/** Maximum number of concurrent requests to DynamoDB Local; more requests queue. */
const CONNECTIONS_MAX = 64;
/**
 * The largest request of DynamoDB is 16 MB.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
const REQUEST_BYTES_MAX = 16 * 1024 * 1024;
const HOP_BY_HOP_HEADERS: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'accept-encoding',
  'date',
  'keep-alive',
]);

/** Serves DynamoDB's protocol on a free port of this machine. */
export async function startHttpProxy(handle: Forward): Promise<ProxyServer> {
  const server = http.createServer(async (request, serverResponse) => {
    let response: DynamoDbResponse;
    try {
      response = await handle(
        toDynamoDbRequest(plainHeaders(request.headers), await readBody(request)),
      );
    } catch (error) {
      // A bug of the bench, not a model of AWS: no SDK retries it.
      response = exceptionResponse('ValidationException', `the proxy failed: ${error}`);
    }
    serverResponse.writeHead(response.status, response.headers);
    serverResponse.end(response.bytes);
  });
  // Idle connections must not be closed while a client reuses them.
  server.keepAliveTimeout = 0;
  server.listen(0, HOST);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    endpoint: `http://${HOST}:${address.port}`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Forwards requests to DynamoDB Local. */
export function forwardTo(endpoint: string): {
  readonly forward: Forward;
  readonly stop: () => void;
} {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX });
  const forward: Forward = ({ headers, bytes }) =>
    new Promise((resolve, reject) => {
      const request = http.request(
        endpoint,
        {
          method: 'POST',
          agent,
          headers: { ...forwardedHeaders(headers), 'content-length': bytes.length },
        },
        (response) => {
          readBody(response).then(
            (body) =>
              resolve({
                status: response.statusCode ?? 0,
                headers: {
                  ...forwardedHeaders(plainHeaders(response.headers)),
                  'content-length': String(body.length),
                },
                bytes: body,
              }),
            reject,
          );
        },
      );
      request.once('error', reject);
      request.end(bytes);
    });
  return { forward, stop: () => agent.destroy() };
}

async function readBody(message: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message) {
    bytes += chunk.length;
    if (bytes > REQUEST_BYTES_MAX) throw new Error(`more than ${REQUEST_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const plainHeaders = (headers: http.IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]),
  );

const forwardedHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP_HEADERS.has(name)));
