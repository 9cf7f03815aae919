import middy from '@middy/core';
import type * as z from 'zod/mini';
import { systemClock } from '../core/clock.ts';
import type { Instant } from '../core/instant.ts';
import type { Result } from '../core/result.ts';
import { logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';

/** Thrown so that the state machine can tell one refusal from another by name (Retry and Catch match it). */
class TaskError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

type TaskOptions<Schema extends z.ZodMiniType, Value, Refusal extends { readonly kind: string }> = {
  readonly command: Schema;
  readonly run: (command: z.infer<Schema>, now: Instant) => Promise<Result<Value, Refusal>>;
  /** The error names of the state machine's definition, by refusal. */
  readonly errors: { readonly [Kind in Refusal['kind']]: string };
  /** Metrics of the step: of each refusal of a kind, and of each time that it was done. A step that is retried is counted again. */
  readonly metrics?: {
    readonly writer: Metrics;
    readonly errors?: { readonly [Kind in Refusal['kind']]?: string };
    readonly success?: (command: z.infer<Schema>) => readonly string[];
  };
};

/** A step of a state machine. Lambda reports an error's name as the ASL error name. */
export function taskHandler<
  Schema extends z.ZodMiniType,
  Value,
  Refusal extends { readonly kind: string },
>(task: TaskOptions<Schema, Value, Refusal>) {
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
    const kind = result.error.kind as Refusal['kind'];
    const name = task.errors[kind];
    const metric = task.metrics?.errors?.[kind];
    if (metric !== undefined) task.metrics?.writer.putCounts({ [metric]: 1 });
    logger.warn('step failed', { ...logFields, error: name, kind });
    throw new TaskError(name, JSON.stringify(result.error));
  });
}

/** What a command says of the order that it is about; each has these by its schema. */
function logFieldsOf(command: unknown): Readonly<Record<string, unknown>> {
  const fields: Readonly<Record<string, unknown>> =
    typeof command === 'object' && command !== null ? { ...command } : {};
  const { orderId, attempt, correlationId } = fields;
  return { orderId, attempt, correlationId };
}
