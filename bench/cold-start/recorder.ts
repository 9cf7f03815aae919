import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HOST } from '../../local/account.ts';

/** A request that a function sent, as its service names it. */
export type Call = { readonly name: string; readonly body: string };
type Tape = { readonly calls: Call[]; readonly answers: Map<string, Answer[]> };
type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

export type Recorder = {
  readonly url: string;
  /** From here on requests are passed on and kept under a name. */
  readonly record: (tape: string) => void;
  readonly callsOf: (tape: string) => readonly Call[];
  /** From here on the answers of a recording are given at once, from the first. */
  readonly replay: (tape: string) => void;
  /** What was asked for in replays that the recording has not, or not in this place; none for a sound measurement. */
  readonly strays: readonly string[];
  readonly stop: () => Promise<void>;
};

/** Headers of a connection, not of a message. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'date']);

/**
 * Stands between a function and a service of the local runtime. It first passes requests on and keeps the answers, then gives them
 * without asking: what is measured is then the function and not the emulator.
 */
export async function startRecorder(upstream: string): Promise<Recorder> {
  const strays: string[] = [];
  const tapes = new Map<string, Tape>();
  const tapeOf = (name: string): Tape => {
    const tape = tapes.get(name);
    if (tape === undefined) throw new Error(`nothing was recorded as ${name}`);
    return tape;
  };
  let recording: Tape | undefined;
  let left = new Map<string, Answer[]>();

  const answer = async (request: IncomingMessage, body: Buffer): Promise<Answer> => {
    const name = nameOf(request);
    if (recording === undefined) {
      const next = left.get(name)?.shift();
      if (next === undefined) strays.push(name);
      return next ?? { status: 500, headers: {}, body: Buffer.from(`${name} was not recorded`) };
    }
    const { calls, answers } = recording;
    const given = await forward(upstream, request, body);
    calls.push({ name, body: body.toString() });
    answers.set(name, [...(answers.get(name) ?? []), given]);
    return given;
  };
  const server = createServer((request, response) => {
    bodyOf(request)
      .then((body) => answer(request, body))
      .then(
        (given) => give(response, given),
        (fault) => give(response, { status: 502, headers: {}, body: Buffer.from(String(fault)) }),
      );
  });
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(0, HOST, () => resolve()),
  );
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${port}`,
    record: (name) => {
      recording = { calls: [], answers: new Map() };
      tapes.set(name, recording);
    },
    callsOf: (name) => tapeOf(name).calls,
    replay: (name) => {
      recording = undefined;
      left = new Map([...tapeOf(name).answers].map(([call, given]) => [call, [...given]]));
    },
    strays,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** `DynamoDB_20120810.GetItem` for AWS, `PUT /reservations/r-1` for the API. */
const nameOf = ({ headers, method, url }: IncomingMessage): string =>
  typeof headers['x-amz-target'] === 'string' ? headers['x-amz-target'] : `${method} ${url}`;

/** With the headers as they came, Host too: a signature may be over them. */
async function forward(
  upstream: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  ask(`${upstream}${url}`, { method, headers: passedOn(headers), agent: false }, resolve)
    .once('error', reject)
    .end(body);
  const response = await promise;
  return {
    status: response.statusCode ?? 0,
    headers: passedOn(response.headers),
    body: await bodyOf(response),
  };
}

const passedOn = (headers: IncomingMessage['headers']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || HOP_BY_HOP.has(name) ? [] : [[name, String(value)]],
    ),
  );

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function give(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers, 'content-length': body.byteLength }).end(body);
}
