import { RetryLaterError } from './errors.ts';

type RetryOptions = {
  /** Maximum number of attempts. */
  readonly attempts: number;
  /** Subject of the error message, for example `order ord_1`. */
  readonly what: string;
};

/**
 * Repeats a step that loads, decides and writes, until no other request wrote first. `attempt` gets
 * the number of earlier attempts and returns undefined for a version conflict. Returns the first
 * other result. Throws RetryLaterError after `attempts` conflicts.
 */
export async function retryOptimistic<Value>(
  { attempts, what }: RetryOptions,
  attempt: (earlierAttempts: number) => Promise<Value | undefined>,
): Promise<Value> {
  for (let earlierAttempts = 0; earlierAttempts < attempts; earlierAttempts += 1) {
    const value = await attempt(earlierAttempts);
    if (value !== undefined) return value;
  }
  throw new RetryLaterError(`${what} changed during each of ${attempts} attempts`);
}
