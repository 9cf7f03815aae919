import { randomBytes } from 'node:crypto';
import { StepError } from './step-error.ts';

type Waiting = {
  readonly succeed: (output: unknown) => void;
  readonly fail: (fault: StepError) => void;
};

/**
 * As long as those of Step Functions, so that a record in which one is kept has the size that it has there. Tokens that were published
 * with logs and tests have 668 characters; the API allows 2048.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
 */
const TOKEN_BYTES = 501;

/** What came of an answer; as the errors of SendTaskSuccess and SendTaskFailure. */
export type TokenAnswer = 'taken' | 'TaskTimedOut' | 'InvalidToken';

/** The task tokens of all executions. One token is of one try of one task, and is answered once. */
export class TaskTokens {
  readonly #waiting = new Map<string, Waiting>();
  readonly #closed = new Set<string>();

  create(): string {
    return randomBytes(TOKEN_BYTES).toString('base64');
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
