import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { CallFault } from '../faults/call-fault.ts';
import type { FunctionError, InvokeResult } from './invoke.ts';

export type WorkerSettings = {
  readonly codePath: string;
  readonly handler: string;
  readonly functionName: string;
  readonly functionArn: string;
};
export type Invocation = {
  readonly requestId: string;
  readonly payload: string;
  /** Epoch milliseconds. */
  readonly deadline: number;
  /** Trace header that the SDK sends with each request of this invocation. */
  readonly traceHeader: string;
  /** Whether the worker exits when the handler has run, before its result. */
  readonly crashes: boolean;
  /** Injected faults of the calls that the invocation makes. */
  readonly callFaults: readonly CallFault[];
};
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'callFault'; readonly call: string; readonly faultKind: CallFault['kind'] }
  | { readonly kind: 'initError'; readonly error: FunctionError }
  | { readonly kind: 'result'; readonly requestId: string; readonly payload: string }
  | { readonly kind: 'error'; readonly requestId: string; readonly error: FunctionError };

/**
 * Maximum duration of Lambda's init phase.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
 */
const INIT_MILLISECONDS_MAX = 10_000;

type ResultCallback = (result: InvokeResult) => void;
type EnvironmentInvocation = {
  readonly payload: string;
  readonly traceHeader: string;
  readonly timeoutSeconds: number;
  readonly crashes: boolean;
  readonly callFaults: readonly CallFault[];
};
type CallFaultObserver = (call: string, faultKind: CallFault['kind']) => void;

/** An execution environment of Lambda: one worker, from its start to its end. */
export class Environment {
  readonly ended: Promise<void>;
  readonly #worker: Worker;
  readonly #pending = new Map<string, ResultCallback>();
  readonly #retire: () => void;
  readonly #ready: Promise<FunctionError | undefined>;
  #isRetired = false;

  constructor(
    settings: WorkerSettings,
    env: Readonly<Record<string, string>>,
    createWriter: () => (chunk: Buffer) => void,
    onRetired: () => void,
    onCallFault: CallFaultObserver,
  ) {
    this.#retire = () => {
      this.#isRetired = true;
      onRetired();
      if (this.#pending.size === 0) void this.terminate();
    };
    this.#worker = new Worker(new URL('./function-worker.ts', import.meta.url), {
      workerData: settings,
      env: { ...env },
      execArgv: [],
      stdout: true,
      stderr: true,
    });
    this.#worker.stdout.on('data', createWriter());
    this.#worker.stderr.on('data', createWriter());

    const { promise, resolve } = Promise.withResolvers<FunctionError | undefined>();
    this.#ready = promise;
    const initTimer = setTimeout(
      () => resolve({ errorType: 'Sandbox.Timedout', errorMessage: 'init timed out' }),
      INIT_MILLISECONDS_MAX,
    );
    promise.then((initError) => {
      clearTimeout(initTimer);
      if (initError !== undefined) this.#retire();
    });
    this.#worker.on('message', (message: WorkerMessage) => {
      if (message.kind === 'ready') resolve(undefined);
      else if (message.kind === 'callFault') onCallFault(message.call, message.faultKind);
      else if (message.kind === 'initError') resolve(message.error);
      else if (message.kind === 'result') {
        this.#settle(message.requestId, { ok: true, payload: JSON.parse(message.payload) });
      } else this.#settle(message.requestId, { ok: false, error: message.error });
    });
    const onCrash = (error: FunctionError) => {
      resolve(error);
      for (const requestId of [...this.#pending.keys()])
        this.#settle(requestId, { ok: false, error });
      this.#retire();
    };
    this.#worker.on('error', (error) =>
      onCrash({ errorType: 'Runtime.UnhandledError', errorMessage: String(error) }),
    );
    this.ended = new Promise((end) => {
      this.#worker.once('exit', (code) => {
        onCrash({
          errorType: 'Runtime.ExitError',
          errorMessage: `Runtime exited with exit status ${code}`,
        });
        end();
      });
    });
  }

  async invoke({
    payload,
    traceHeader,
    timeoutSeconds,
    ...injected
  }: EnvironmentInvocation): Promise<InvokeResult> {
    const requestId = randomUUID();
    const { promise, resolve } = Promise.withResolvers<InvokeResult>();
    this.#pending.set(requestId, resolve);
    const error = await this.#ready;
    if (error !== undefined) {
      this.#settle(requestId, { ok: false, error });
      return promise;
    }
    const timeoutMilliseconds = timeoutSeconds * 1_000;
    const timer = setTimeout(() => {
      const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
      // Lambda ends the environment with the invocation. Other invocations that share it here may
      // still finish.
      this.#settle(requestId, {
        ok: false,
        error: { errorType: 'Sandbox.Timedout', errorMessage },
      });
      this.#retire();
    }, timeoutMilliseconds);
    const deadline = Date.now() + timeoutMilliseconds;
    const invocation: Invocation = { requestId, payload, deadline, traceHeader, ...injected };
    this.#worker.postMessage(invocation);
    return promise.finally(() => clearTimeout(timer));
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(requestId: string, result: InvokeResult): void {
    this.#pending.get(requestId)?.(result);
    this.#pending.delete(requestId);
    if (this.#isRetired && this.#pending.size === 0) void this.terminate();
  }
}
