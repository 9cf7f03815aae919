import middy from '@middy/core';
import type * as z from 'zod/mini';
import { systemClock } from './clock.ts';
import type { Instant } from './instant.ts';

/** What EventBridge Scheduler invokes; a fault is thrown on, and Scheduler tries again. */
export function scheduleHandler<Schema extends z.ZodMiniType>({
  input,
  run,
}: {
  readonly input: Schema;
  readonly run: (input: z.infer<Schema>, now: Instant) => Promise<unknown>;
}) {
  return middy<unknown, void>().handler(async (event) => {
    await run(input.parse(event), systemClock());
  });
}
