import { AsyncLocalStorage } from 'node:async_hooks';
import http from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { type CallFault, type FunctionCall, takeCallFault } from './call-fault.ts';

/** Exit status of an injected crash. In a worker, `process.exit` ends its thread only. */
export const CRASH_STATUS = 1;

/** Runs a handler with the faults of its calls. */
export type RunWithCallFaults = <Result>(faults: readonly CallFault[], run: () => Result) => Result;

/** Returns what AWS's SDK and `fetch` see when a connection is lost. The SDK retries after it. */
const lostConnection = (): Error =>
  Object.assign(new Error('The fault switch of the local runtime failed this call.'), {
    code: 'ECONNRESET',
  });

/**
 * Makes the HTTP requests of this thread subject to faults: those of `node:http`, `node:https` and
 * `fetch`. It must run before a client is loaded. `onHit` receives each fault that hits a call.
 */
export function interceptCalls(onHit: (fault: CallFault) => void): RunWithCallFaults {
  const store = new AsyncLocalStorage<readonly CallFault[]>();
  const take = (call: FunctionCall): CallFault | undefined => {
    const fault = takeCallFault(store.getStore() ?? [], call);
    if (fault !== undefined) onHit(fault);
    return fault;
  };
  const hasFaults = (): boolean => (store.getStore() ?? []).length > 0;
  for (const module of [http, https]) {
    const request = module.request as (...args: readonly unknown[]) => http.ClientRequest;
    const intercepted = (...args: readonly unknown[]) => {
      const made = request(...args);
      return hasFaults() ? withFaults(made, take) : made;
    };
    Object.assign(module, { request: intercepted });
  }
  syncBuiltinESMExports();
  const { fetch } = globalThis;
  globalThis.fetch = (...args) =>
    hasFaults() ? fetchWithFaults(fetch, take, args) : fetch(...args);
  return (faults, run) => store.run(faults, run);
}

type Take = (call: FunctionCall) => CallFault | undefined;
type End = (...args: readonly unknown[]) => http.ClientRequest;

/** Decides at the end of the request, when its body is known. No byte is sent before. */
function withFaults(made: http.ClientRequest, take: Take): http.ClientRequest {
  const chunks: Buffer[] = [];
  const end = made.end.bind(made) as End;
  const keep = (chunk: unknown): void => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };
  const finish = (): void => {
    if (!made.destroyed) end(...(chunks.length === 0 ? [] : [Buffer.concat(chunks)]));
  };
  made.write = ((chunk: unknown) => {
    keep(chunk);
    return true;
  }) as typeof made.write;
  made.end = ((chunk?: unknown) => {
    keep(chunk);
    const fault = take({
      method: made.method,
      path: made.path,
      target: made.getHeader('x-amz-target')?.toString(),
      body: Buffer.concat(chunks).toString(),
    });
    if (fault?.kind === 'error') made.destroy(lostConnection());
    else if (fault?.kind === 'slow') setTimeout(finish, fault.delayMilliseconds);
    else {
      if (fault !== undefined) replaceResponse(made, fault);
      finish();
    }
    return made;
  }) as typeof made.end;
  return made;
}

/** Reads the response, and then ends the thread or reports a lost connection. */
function replaceResponse(made: http.ClientRequest, { kind }: CallFault): void {
  const emit = made.emit.bind(made);
  made.emit = ((event: string, ...args: readonly unknown[]) => {
    const [response] = args;
    if (event !== 'response' || !(response instanceof http.IncomingMessage))
      return emit(event, ...args);
    if (kind === 'crash') process.exit(CRASH_STATUS);
    response.resume();
    response.once('end', () => emit('error', lostConnection()));
    return true;
  }) as typeof made.emit;
}

async function fetchWithFaults(
  fetch: typeof globalThis.fetch,
  take: Take,
  [input, init]: Parameters<typeof globalThis.fetch>,
): Promise<Response> {
  const request = new Request(input, init);
  const { pathname, search } = new URL(request.url);
  const fault = take({
    method: request.method,
    path: pathname + search,
    target: request.headers.get('x-amz-target') ?? undefined,
    body: await request.clone().text(),
  });
  if (fault?.kind === 'error') throw fetchFailure();
  if (fault?.kind === 'slow')
    await delay(fault.delayMilliseconds, undefined, { signal: request.signal });
  const response = await fetch(request);
  if (fault?.kind === 'crash') process.exit(CRASH_STATUS);
  if (fault?.kind !== 'lostResponse') return response;
  await response.arrayBuffer();
  throw fetchFailure();
}

const fetchFailure = (): TypeError => new TypeError('fetch failed', { cause: lostConnection() });
