import middy from '@middy/core';
import * as z from 'zod/mini';
import { systemClock } from '../core/clock.ts';
import type { Instant } from '../core/instant.ts';

/**
 * Makes the handler of a schedule. Throws for an invalid input and for every failure: Lambda
 * retries twice, then sends the input to the DLQ of the function.
 */
export function scheduleHandler<Schema extends z.ZodMiniType>({
  input,
  run,
}: {
  readonly input: Schema;
  readonly run: (input: z.infer<Schema>, now: Instant) => Promise<unknown>;
}) {
  return middy<unknown, void>().handler(async (event) => {
    const parsed = input.safeParse(event);
    if (!parsed.success)
      throw new Error(`The input of the schedule is not valid. ${z.prettifyError(parsed.error)}`);
    await run(parsed.data, systemClock());
  });
}
