import { randomBytes } from 'node:crypto';
import { StepError } from '../errors.ts';

type PendingTask = {
  readonly succeed: (output: unknown) => void;
  readonly fail: (error: StepError) => void;
};

/**
 * Length of the tokens of Step Functions, so that a record with a token has the same size as in
 * AWS. Published tokens have 668 characters; the API allows 2048.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
 */
const TOKEN_BYTES = 501;

/**
 * Outcome of sending a task's result. The others are the errors of SendTaskSuccess and
 * SendTaskFailure.
 */
export type TokenOutcome = 'accepted' | 'TaskTimedOut' | 'InvalidToken';

/**
 * Task tokens of all executions. Each token belongs to one attempt of one task, and accepts one
 * result.
 */
export class TaskTokens {
  readonly #pending = new Map<string, PendingTask>();
  readonly #closed = new Set<string>();

  create(): string {
    return randomBytes(TOKEN_BYTES).toString('base64');
  }

  /**
   * Resolves with the output or rejects with the error that is sent. Never settles once the token
   * is closed.
   */
  waitForResult(token: string): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(token, { succeed: resolve, fail: reject });
    return promise;
  }

  succeed(token: string, output: unknown): TokenOutcome {
    return this.#settle(token, (task) => task.succeed(output));
  }

  fail(token: string, error: string, cause: string): TokenOutcome {
    return this.#settle(token, (task) => task.fail(new StepError(error, cause)));
  }

  /** Closes the token after its task timed out, or its execution ended. */
  close(token: string): void {
    this.#pending.delete(token);
    this.#closed.add(token);
  }

  #settle(token: string, settle: (task: PendingTask) => void): TokenOutcome {
    const task = this.#pending.get(token);
    if (task === undefined) return this.#closed.has(token) ? 'TaskTimedOut' : 'InvalidToken';
    this.close(token);
    settle(task);
    return 'accepted';
  }
}
