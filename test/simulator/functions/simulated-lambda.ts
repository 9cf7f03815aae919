import { createHash } from 'node:crypto';
import { unqualifiedArnOf } from '../../../local/functions/function-set.ts';
import type { InvokeResult } from '../../../local/functions/invoke.ts';
import { eventIdentityOf } from '../event-identity.ts';
import type { SeededRandom } from '../random.ts';
import type { SimulatedFunction } from '../system-model.ts';
import type { VirtualTime } from '../virtual-time.ts';
import { Invocation, runInInvocation, TIMEOUT_ERROR_TYPE } from './invocation.ts';

const SECOND = 1_000;
const SHORT_CHARACTERS = 10;
const shortHash = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, SHORT_CHARACTERS);

type Settings = {
  readonly functions: ReadonlyMap<string, SimulatedFunction>;
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly clockSkewMilliseconds: (random: SeededRandom) => number;
  readonly onInvoked: (invocation: Invocation, result: InvokeResult) => void;
};

/**
 * Simulated AWS Lambda. Runs each invocation separately, until it responds, crashes or times out.
 */
export class SimulatedLambda {
  /** Id of the world that owns the functions; set when its scenario starts. */
  worldId = 0;
  runningCount = 0;
  readonly #settings: Settings;
  readonly #invoked = new Map<string, number>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async invoke(functionArn: string, event: unknown): Promise<InvokeResult> {
    const found = this.#settings.functions.get(unqualifiedArnOf(functionArn));
    if (found === undefined) throw new Error(`There is no function ${functionArn}.`);
    return this.#invoke(found, event);
  }

  /** Invokes a function by its handler, `<context>/<handler>`. */
  async invokeHandler(name: string, event: unknown): Promise<InvokeResult> {
    const found = [...this.#settings.functions.values()].find((one) => one.name === name);
    if (found === undefined) throw new Error(`There is no handler ${name}.`);
    return this.#invoke(found, event);
  }

  async #invoke(
    { name, handler, clearCache, timeoutSeconds, userArn, arn }: SimulatedFunction,
    event: unknown,
  ): Promise<InvokeResult> {
    const payload = JSON.stringify(event ?? null);
    const eventHash = shortHash(`${name} ${eventIdentityOf(event)}`);
    const times = (this.#invoked.get(eventHash) ?? 0) + 1;
    this.#invoked.set(eventHash, times);
    const random = this.#settings.random.fork('invocation', eventHash, times);
    const invocation = new Invocation({
      functionName: name,
      name: `${name} ${eventHash}#${times}`,
      random,
      clockSkewMilliseconds: this.#settings.clockSkewMilliseconds(random),
      userArn,
      worldId: this.worldId,
    });
    const { time } = this.#settings;
    const cancel = time.schedule(timeoutSeconds * SECOND, () =>
      invocation.terminate(TIMEOUT_ERROR_TYPE),
    );
    const deadline = time.now + timeoutSeconds * SECOND;
    const context = {
      awsRequestId: invocation.name,
      functionName: name,
      invokedFunctionArn: arn,
      getRemainingTimeInMillis: () => Math.max(0, deadline - time.now),
    };
    this.runningCount += 1;
    try {
      const work = runInInvocation(invocation, async (): Promise<InvokeResult> => {
        try {
          // Each invocation has its own clock and empty caches, like a new execution environment.
          clearCache();
          return { ok: true, payload: (await handler(JSON.parse(payload), context)) ?? null };
        } catch (error) {
          const { name: errorType, message: errorMessage } =
            error instanceof Error ? error : new Error(String(error));
          return { ok: false, error: { errorType, errorMessage } };
        }
      });
      const result = await Promise.race([work, invocation.terminated]);
      this.#settings.onInvoked(invocation, result);
      return result;
    } finally {
      this.runningCount -= 1;
      cancel();
    }
  }
}
