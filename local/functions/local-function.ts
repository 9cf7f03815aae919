import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import path from 'node:path';
import pLimit from 'p-limit';
import { arnOf } from '../account.ts';
import { createMetricReader } from '../alerts/embedded-metrics.ts';
import type { CallFault } from '../faults/call-fault.ts';
import { Admission, type AdmissionSettings } from './admission.ts';
import { Environment } from './environment.ts';
import type { FunctionError, InvokeResult } from './invoke.ts';
import type { Observer } from './observation.ts';

export type FunctionSettings = {
  readonly name: string;
  readonly codePath: string;
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly admission: AdmissionSettings;
};

export type InvokeOptions = {
  readonly crashes?: boolean;
  readonly callFaults?: readonly CallFault[];
};

/**
 * Number of invocations of one function that run at once; the next ones wait, and their time-out
 * starts after that. In Lambda each has a processor, whereas all of them share one thread here: a
 * hundred that start together would reach the time-out although the code is correct.
 */
const CONCURRENT_INVOCATIONS_MAX = 20;

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
  readonly #limit = pLimit(CONCURRENT_INVOCATIONS_MAX);

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

  /**
   * Invokes the function. With `crashes`, its environment ends before the result. `callFaults` hit
   * the calls that it makes.
   */
  async invoke(
    event: unknown,
    traceHeaderBefore?: string,
    { crashes = false, callFaults = [] }: InvokeOptions = {},
  ): Promise<InvokeResult> {
    if (this.#isStopped) return { ok: false, error: STOPPED_ERROR };
    const admitted = this.admission.enter(traceHeaderBefore);
    if (!('release' in admitted)) return admitted;
    const { traceHeader, release } = admitted;
    const { timeoutSeconds } = this.#settings;
    const payload = JSON.stringify(event ?? null);
    return this.#limit(() => {
      if (this.#isStopped) return { ok: false, error: STOPPED_ERROR } as const;
      this.#environment ??= this.#start();
      return this.#environment.invoke({
        payload,
        traceHeader,
        timeoutSeconds,
        crashes,
        callFaults,
      });
    }).finally(release);
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
    const started = new Environment(
      settings,
      environment,
      createWriter,
      () => {
        if (this.#environment === started) this.#environment = undefined;
      },
      (call, faultKind) =>
        this.#observe?.({ kind: 'injectedFault', functionName: this.name, faultKind, call }),
    );
    this.#environments.add(started);
    started.ended.then(() => this.#environments.delete(started));
    return started;
  }
}
