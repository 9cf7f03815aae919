import { randomUUID } from 'node:crypto';
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { arnOf } from '../account.ts';
import { createMetricReader } from '../alerts/embedded-metrics.ts';
import { Admission, type AdmissionSettings } from './admission.ts';
import type { FunctionError, InvokeResult } from './invoke.ts';
import type { Observer } from './observation.ts';

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
};
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'initError'; readonly error: FunctionError }
  | { readonly kind: 'result'; readonly requestId: string; readonly payload: string }
  | { readonly kind: 'error'; readonly requestId: string; readonly error: FunctionError };

export type FunctionSettings = {
  readonly name: string;
  readonly codePath: string;
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly admission: AdmissionSettings;
};

/**
 * Maximum duration of Lambda's init phase.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
 */
const INIT_MILLISECONDS_MAX = 10_000;

const STOPPED_ERROR: FunctionError = {
  errorType: 'Runtime.Stopped',
  errorMessage: 'the local runtime is stopping',
};

/**
 * A function in its own thread, with its own `process.env` and memory. Unlike in Lambda,
 * invocations run concurrently in one thread, so a handler must not keep the state of one request
 * in module variables.
 */
export class LocalFunction {
  readonly name: string;
  readonly arn: string;
  readonly admission: Admission;
  readonly #settings: FunctionSettings;
  readonly #log: WriteStream;
  readonly #observe: Observer | undefined;
  #environment: Environment | undefined;
  #isStopped = false;
  readonly #environments = new Set<Environment>();

  constructor(settings: FunctionSettings, logDirectory: string, observe?: Observer) {
    this.name = settings.name;
    this.arn = arnOf('lambda', `function:${settings.name}`);
    this.admission = new Admission(this.arn, settings.admission);
    this.#settings = settings;
    this.#observe = observe;
    mkdirSync(logDirectory, { recursive: true });
    this.#log = createWriteStream(path.join(logDirectory, `${settings.name}.log`), { flags: 'w' });
    // A worker may write its last lines after the log has been closed.
    this.#log.on('error', () => undefined);
  }

  /** Invokes the function. With `crashes`, its environment ends before the result. */
  async invoke(
    event: unknown,
    traceHeaderBefore?: string,
    { crashes = false }: { readonly crashes?: boolean } = {},
  ): Promise<InvokeResult> {
    if (this.#isStopped) return { ok: false, error: STOPPED_ERROR };
    const admitted = this.admission.enter(traceHeaderBefore);
    if (!('release' in admitted)) return admitted;
    const { traceHeader, release } = admitted;
    this.#environment ??= this.#start();
    const { timeoutSeconds } = this.#settings;
    return this.#environment
      .invoke({ payload: JSON.stringify(event ?? null), traceHeader, timeoutSeconds, crashes })
      .finally(release);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#environments].map((environment) => environment.terminate()));
    await new Promise((resolve) => this.#log.end(resolve));
  }

  /** Creates a function that keeps and observes the output of one stream. */
  #createWriter(): (chunk: Buffer) => void {
    const readMetrics = createMetricReader((metric) =>
      this.#observe?.({ kind: 'metric', ...metric }),
    );
    return (chunk) => {
      this.#log.write(chunk);
      const lines = chunk.toString('latin1').split('\n').length - 1;
      this.#observe?.({ kind: 'log', functionName: this.name, lines, bytes: chunk.byteLength });
      readMetrics(chunk);
    };
  }

  #start(): Environment {
    const { codePath, handler, environment } = this.#settings;
    const settings = { codePath, handler, functionName: this.name, functionArn: this.arn };
    const createWriter = () => this.#createWriter();
    const started = new Environment(settings, environment, createWriter, () => {
      if (this.#environment === started) this.#environment = undefined;
    });
    this.#environments.add(started);
    started.ended.then(() => this.#environments.delete(started));
    return started;
  }
}

type ResultCallback = (result: InvokeResult) => void;
type EnvironmentInvocation = {
  readonly payload: string;
  readonly traceHeader: string;
  readonly timeoutSeconds: number;
  readonly crashes: boolean;
};

/** An execution environment of Lambda: one worker, from its start to its end. */
class Environment {
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
    crashes,
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
    const invocation: Invocation = { requestId, payload, deadline, traceHeader, crashes };
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
