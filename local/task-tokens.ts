import { randomUUID } from 'node:crypto';
import { StepError } from './step-error.ts';

type Waiting = { readonly succeed: (output: unknown) => void; readonly fail: (fault: StepError) => void };

/** What came of an answer; as the errors of SendTaskSuccess and SendTaskFailure. */
export type TokenAnswer = 'taken' | 'TaskTimedOut' | 'InvalidToken';

/** The task tokens of all executions. One token is of one try of one task, and is answered once. */
export class TaskTokens {
  readonly #waiting = new Map<string, Waiting>();
  readonly #closed = new Set<string>();

  create(): string {
    return randomUUID();
  }

  /** Resolves with the output or rejects with the error that is sent; never, once the token is closed. */
  wait(token: string): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(token, { succeed: resolve, fail: reject });
    return promise;
  }

  succeed(token: string, output: unknown): TokenAnswer {
    return this.#take(token, (waiting) => waiting.succeed(output));
  }

  fail(token: string, error: string, cause: string): TokenAnswer {
    return this.#take(token, (waiting) => waiting.fail(new StepError(error, cause)));
  }

  /** The task timed out, or its execution ended. */
  close(token: string): void {
    this.#waiting.delete(token);
    this.#closed.add(token);
  }

  #take(token: string, answer: (waiting: Waiting) => void): TokenAnswer {
    const waiting = this.#waiting.get(token);
    if (waiting === undefined) return this.#closed.has(token) ? 'TaskTimedOut' : 'InvalidToken';
    this.close(token);
    answer(waiting);
    return 'taken';
  }
}
