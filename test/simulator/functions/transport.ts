import { AsyncLocalStorage } from 'node:async_hooks';
import { Client } from '@smithy/core/client';
import { externalDataInterceptor } from '@smithy/core/config';
import { HttpResponse } from '@smithy/core/protocols';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { AwsClient } from 'aws4fetch';
import { type Call, neverSettle, type ServiceResponse } from '../service-calls.ts';
import { type CallOrigin, type SdkRequest, toAwsCall, toHttpCall } from './call-requests.ts';
import { currentInvocation, type Invocation } from './invocation.ts';
import { interceptProvider } from './provider-port.ts';

/** Connection between the functions and a world. */
export type WorldConnection = {
  /** Performs a call. `perform` does work of this process, such as that of a provider. */
  readonly call: (call: Call, perform?: () => Promise<unknown>) => Promise<ServiceResponse>;
  /** True if the source positions of calls are recorded. */
  readonly recordsCallSites: boolean;
};

const STACK_FRAMES = 60;
const CALL_SITE = /\blambdas\/([\w./-]+\.ts):(\d+)/g;

const callOriginStorage = new AsyncLocalStorage<CallOrigin>();
let connection: WorldConnection | undefined;
let worldCount = 0;

/**
 * Connects all clients of this process to a world while its scenario runs, until `disconnect` is
 * called.
 */
export function connectWorld(to: WorldConnection): {
  readonly worldNumber: number;
  readonly disconnect: () => void;
} {
  if (connection !== undefined) throw new Error('Another world is connected. Disconnect it first.');
  installInterceptors();
  connection = to;
  worldCount += 1;
  return {
    worldNumber: worldCount,
    disconnect: () => {
      connection = undefined;
    },
  };
}

/**
 * Returns the connection of the current invocation; `none` for an invocation of a world that has
 * ended.
 */
function connectionOf(invocation: Invocation): WorldConnection | 'none' {
  return connection === undefined || invocation.worldId !== worldCount ? 'none' : connection;
}

function currentCallSites(): readonly string[] {
  if (!connection?.recordsCallSites) return [];
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = STACK_FRAMES;
  const { stack = '' } = new Error('where');
  Error.stackTraceLimit = limit;
  return [...stack.matchAll(CALL_SITE)].map(([, file, line]) => `lambdas/${file}:${line}`);
}

function createOrigin(invocation: Invocation): CallOrigin {
  const index = invocation.callCount;
  invocation.callCount += 1;
  return { index, callSites: currentCallSites() };
}

const originBySignal = new WeakMap<AbortSignal, CallOrigin>();

/** Returns the origin of a request. Attempts that share a signal are attempts of one call. */
function originOfSignal(
  invocation: Invocation,
  signal: AbortSignal | null | undefined,
): CallOrigin {
  if (!signal) return createOrigin(invocation);
  const known = originBySignal.get(signal) ?? createOrigin(invocation);
  originBySignal.set(signal, known);
  return known;
}

let isInstalled = false;
/** Replacement for the SDK's signer. No service checks signatures, and signing takes time. */
const UNSIGNED = { sign: async (request: unknown) => request };

/**
 * Intercepts the points where the code of libraries leaves the process: the SDK's HTTP handler,
 * below its retries and its serialization, and the signer of aws4fetch, below its retries. The
 * functions' own code is the deployed one. Requests are not signed, because signatures are computed
 * in other threads, for which a virtual clock cannot wait. The invocation identifies the signer.
 */
function installInterceptors(): void {
  if (isInstalled) return;
  isInstalled = true;
  // Reading these from a disk would take real time.
  for (const file of [
    '/dev/null',
    `${process.env.HOME}/.aws/config`,
    `${process.env.HOME}/.aws/credentials`,
  ])
    externalDataInterceptor.interceptFile(file, '');

  interceptProviderCalls();
  const send = Client.prototype.send as (...given: unknown[]) => unknown;
  Object.assign(Client.prototype, {
    send(this: { readonly config: { signer?: unknown } }, ...given: unknown[]) {
      const invocation = currentInvocation();
      if (invocation === undefined) return send.apply(this, given);
      this.config.signer = async () => UNSIGNED;
      return callOriginStorage.run(createOrigin(invocation), () => send.apply(this, given));
    },
  });

  const handle = NodeHttpHandler.prototype.handle as (...given: unknown[]) => unknown;
  Object.assign(NodeHttpHandler.prototype, {
    async handle(this: unknown, request: SdkRequest, ...options: unknown[]) {
      const invocation = currentInvocation();
      if (invocation === undefined) return handle.call(this, request, ...options);
      const connected = connectionOf(invocation);
      if (connected === 'none') return neverSettle();
      const {
        status,
        body,
        headers: more,
      } = await connected.call(toAwsCall(invocation, request, callOriginStorage.getStore()));
      const headers = { 'content-type': 'application/x-amz-json-1.0', ...more };
      return {
        response: new HttpResponse({
          statusCode: status,
          headers,
          body: Buffer.from(JSON.stringify(body)),
        }),
      };
    },
  });

  const fetchSigned = AwsClient.prototype.fetch;
  AwsClient.prototype.fetch = function fetch(...given) {
    const invocation = currentInvocation();
    if (invocation === undefined) return fetchSigned.apply(this, given);
    const connected = Object.create(this, {
      sign: { value: async (url: string, init: RequestInit) => ({ url, init }) },
    });
    const [, init] = given;
    return callOriginStorage.run(originOfSignal(invocation, init?.signal), () =>
      fetchSigned.apply(connected, given),
    );
  };
  const fetchReal = globalThis.fetch;
  const attempts = new WeakMap<CallOrigin, number>();
  globalThis.fetch = async (target, ...init) => {
    const signedRequest = target as unknown as { readonly url: string; readonly init: RequestInit };
    const from = callOriginStorage.getStore();
    const invocation = currentInvocation();
    if (invocation === undefined || from === undefined || signedRequest.init === undefined)
      return fetchReal(target, ...init);
    const connected = connectionOf(invocation);
    if (connected === 'none') return neverSettle();
    const attempt = (attempts.get(from) ?? 0) + 1;
    attempts.set(from, attempt);
    const { signal } = signedRequest.init;
    const performed = connected.call(toHttpCall(invocation, signedRequest, from, attempt));
    const { status, body, headers } = await (signal
      ? Promise.race([performed, rejectOnAbort(signal)])
      : performed);
    // A signed client reads nothing else of a response; a real body would arrive in real time.
    return { status, headers: new Headers(headers), json: async () => body } as Response;
  };
}

function interceptProviderCalls(): void {
  interceptProvider(() => {
    const invocation = currentInvocation();
    if (invocation === undefined) return undefined;
    const connected = connectionOf(invocation);
    return async (operation, perform) => {
      const call: Call = {
        invocation,
        service: 'provider',
        operation,
        ...createOrigin(invocation),
        attempt: 1,
        request: {},
      };
      return connected === 'none' ? neverSettle() : (await connected.call(call, perform)).body;
    };
  });
}

const rejectOnAbort = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
