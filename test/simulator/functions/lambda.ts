import { createHash } from 'node:crypto';
import { unqualified } from '../../../local/functions/function-set.ts';
import type { InvokeResult } from '../../../local/functions/functions.ts';
import type { SimulatedFunction } from '../blueprint.ts';
import type { Chance } from '../chance.ts';
import { identityOf } from '../identity.ts';
import type { VirtualTime } from '../virtual-time.ts';
import { Invocation, runAs, TIMED_OUT } from './invocation.ts';

const SECOND = 1_000;
const SHORT_CHARACTERS = 10;
const shortOf = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, SHORT_CHARACTERS);

type Settings = {
  readonly functions: ReadonlyMap<string, SimulatedFunction>;
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly skewMilliseconds: (chance: Chance) => number;
  readonly onInvoked: (invocation: Invocation, result: InvokeResult) => void;
};

/** Lambda: runs the handlers, each invocation for itself, until its answer, its death or the end of its time. */
export class SimulatedLambda {
  /** Of the world whose functions they are, once its story is told. */
  worldNumber = 0;
  running = 0;
  readonly #settings: Settings;
  readonly #invoked = new Map<string, number>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async invoke(functionArn: string, event: unknown): Promise<InvokeResult> {
    const found = this.#settings.functions.get(unqualified(functionArn));
    if (found === undefined) throw new Error(`there is no function ${functionArn}`);
    return this.#invoke(found, event);
  }

  /** Invokes a function by its handler, `<context>/<handler>`. */
  async invokeHandler(name: string, event: unknown): Promise<InvokeResult> {
    const found = [...this.#settings.functions.values()].find((one) => one.name === name);
    if (found === undefined) throw new Error(`there is no handler ${name}`);
    return this.#invoke(found, event);
  }

  async #invoke(
    { name, handler, forget, timeoutSeconds, userArn, arn }: SimulatedFunction,
    event: unknown,
  ): Promise<InvokeResult> {
    const payload = JSON.stringify(event ?? null);
    const asked = shortOf(`${name} ${identityOf(event)}`);
    const times = (this.#invoked.get(asked) ?? 0) + 1;
    this.#invoked.set(asked, times);
    const chance = this.#settings.chance.of('invocation', asked, times);
    const invocation = new Invocation({
      functionName: name,
      name: `${name} ${asked}#${times}`,
      chance,
      skewMilliseconds: this.#settings.skewMilliseconds(chance),
      userArn,
      worldNumber: this.worldNumber,
    });
    const { time } = this.#settings;
    const cancel = time.after(timeoutSeconds * SECOND, () => invocation.die(TIMED_OUT));
    const deadline = time.now + timeoutSeconds * SECOND;
    const context = {
      awsRequestId: invocation.name,
      functionName: name,
      invokedFunctionArn: arn,
      getRemainingTimeInMillis: () => Math.max(0, deadline - time.now),
    };
    this.running += 1;
    try {
      const work = runAs(invocation, async (): Promise<InvokeResult> => {
        try {
          // Each has a clock of its own, as another instance has, and nothing to remember.
          forget();
          return { ok: true, payload: (await handler(JSON.parse(payload), context)) ?? null };
        } catch (fault) {
          const { name: errorType, message: errorMessage } =
            fault instanceof Error ? fault : new Error(String(fault));
          return { ok: false, error: { errorType, errorMessage } };
        }
      });
      const result = await Promise.race([work, invocation.died]);
      this.#settings.onInvoked(invocation, result);
      return result;
    } finally {
      this.running -= 1;
      cancel();
    }
  }
}
