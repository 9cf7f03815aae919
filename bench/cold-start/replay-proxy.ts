import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HOST } from '../../local/account.ts';

/** A request that a function sent, under the name of its operation. */
export type RecordedRequest = { readonly name: string; readonly body: string };
type Recording = {
  readonly calls: RecordedRequest[];
  readonly responses: Map<string, RecordedResponse[]>;
};
type RecordedResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

export type ReplayProxy = {
  readonly url: string;
  /** From now on, forwards requests and records them under a name. */
  readonly record: (tape: string) => void;
  readonly requestsOf: (tape: string) => readonly RecordedRequest[];
  /** From now on, returns the responses of a recording immediately, from the first. */
  readonly replay: (tape: string) => void;
  /**
   * Replayed requests that the recording does not have, or not at this position; empty for a valid
   * measurement.
   */
  readonly unexpectedRequests: readonly string[];
  readonly stop: () => Promise<void>;
};

/** Headers of a connection, not of a message. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'date']);

/**
 * Starts a proxy between a function and a service of the local runtime. It first forwards requests
 * and records the responses, then returns them without a call: so the function is measured and not
 * the emulator.
 */
export async function startReplayProxy(upstream: string): Promise<ReplayProxy> {
  const unexpectedRequests: string[] = [];
  const tapes = new Map<string, Recording>();
  const tapeOf = (name: string): Recording => {
    const tape = tapes.get(name);
    if (tape === undefined) throw new Error(`Nothing was recorded as ${name}.`);
    return tape;
  };
  let recording: Recording | undefined;
  let left = new Map<string, RecordedResponse[]>();

  const respond = async (request: IncomingMessage, body: Buffer): Promise<RecordedResponse> => {
    const name = requestNameOf(request);
    if (recording === undefined) {
      const next = left.get(name)?.shift();
      if (next === undefined) unexpectedRequests.push(name);
      return next ?? { status: 500, headers: {}, body: Buffer.from(`${name} was not recorded`) };
    }
    const { calls, responses } = recording;
    const given = await forward(upstream, request, body);
    calls.push({ name, body: body.toString() });
    responses.set(name, [...(responses.get(name) ?? []), given]);
    return given;
  };
  const server = createServer((request, response) => {
    readBody(request)
      .then((body) => respond(request, body))
      .then(
        (given) => sendResponse(response, given),
        (error) =>
          sendResponse(response, { status: 502, headers: {}, body: Buffer.from(String(error)) }),
      );
  });
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(0, HOST, () => resolve()),
  );
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${port}`,
    record: (name) => {
      recording = { calls: [], responses: new Map() };
      tapes.set(name, recording);
    },
    requestsOf: (name) => tapeOf(name).calls,
    replay: (name) => {
      recording = undefined;
      left = new Map([...tapeOf(name).responses].map(([call, given]) => [call, [...given]]));
    },
    unexpectedRequests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** `DynamoDB_20120810.GetItem` for AWS, `PUT /reservations/r-1` for the API. */
const requestNameOf = ({ headers, method, url }: IncomingMessage): string =>
  typeof headers['x-amz-target'] === 'string' ? headers['x-amz-target'] : `${method} ${url}`;

/** Forwards the headers unchanged, including Host: a signature may cover them. */
async function forward(
  upstream: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<RecordedResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  ask(`${upstream}${url}`, { method, headers: forwardedHeaders(headers), agent: false }, resolve)
    .once('error', reject)
    .end(body);
  const response = await promise;
  return {
    status: response.statusCode ?? 0,
    headers: forwardedHeaders(response.headers),
    body: await readBody(response),
  };
}

const forwardedHeaders = (headers: IncomingMessage['headers']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || HOP_BY_HOP.has(name) ? [] : [[name, String(value)]],
    ),
  );

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function sendResponse(response: ServerResponse, { status, headers, body }: RecordedResponse): void {
  response.writeHead(status, { ...headers, 'content-length': body.byteLength }).end(body);
}
