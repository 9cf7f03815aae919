import middy from '@middy/core';
import type * as z from 'zod/mini';
import { systemClock } from '../core/clock.ts';
import type { Instant } from '../core/instant.ts';
import type { Result } from '../core/result.ts';
import { logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';

/** Error of a task. Retry and Catch in the state machine match its name. */
class TaskError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

type TaskOptions<Schema extends z.ZodMiniType, Value, Failure extends { readonly kind: string }> = {
  readonly command: Schema;
  readonly run: (command: z.infer<Schema>, now: Instant) => Promise<Result<Value, Failure>>;
  /** Error names of the state machine's definition, by kind of failure. */
  readonly errors: { readonly [Kind in Failure['kind']]: string };
  /** Metrics that count failures by kind, and successes. A retried step is counted again. */
  readonly metrics?: {
    readonly writer: Metrics;
    readonly errors?: { readonly [Kind in Failure['kind']]?: string };
    readonly success?: (command: z.infer<Schema>) => readonly string[];
  };
};

/** Makes the handler of a state machine's step. Lambda reports an error's name as its ASL name. */
export function taskHandler<
  Schema extends z.ZodMiniType,
  Value,
  Failure extends { readonly kind: string },
>(task: TaskOptions<Schema, Value, Failure>) {
  return middy<unknown, Value>().handler(async (event) => {
    const command = task.command.parse(event);
    const result = await task.run(command, systemClock());
    const logFields = logFieldsOf(command);
    if (result.ok) {
      logger.info('step completed', logFields);
      const names = task.metrics?.success?.(command) ?? [];
      task.metrics?.writer.putCounts(Object.fromEntries(names.map((name) => [name, 1])));
      return result.value;
    }
    const kind = result.error.kind as Failure['kind'];
    const name = task.errors[kind];
    const metric = task.metrics?.errors?.[kind];
    if (metric !== undefined) task.metrics?.writer.putCounts({ [metric]: 1 });
    logger.warn('step failed', { ...logFields, error: name, kind });
    throw new TaskError(name, JSON.stringify(result.error));
  });
}

/** Returns the log fields of a command. The schema of every command has them. */
function logFieldsOf(command: unknown): Readonly<Record<string, unknown>> {
  const fields: Readonly<Record<string, unknown>> =
    typeof command === 'object' && command !== null ? { ...command } : {};
  const { orderId, attempt, correlationId } = fields;
  return { orderId, attempt, correlationId };
}
