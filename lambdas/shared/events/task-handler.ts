import middy from '@middy/core';
import type * as z from 'zod/mini';
import { systemClock } from '../core/clock.ts';
import type { Instant } from '../core/instant.ts';
import type { Result } from '../core/result.ts';
import { log } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';

/** Thrown so that the state machine can tell one refusal from another by name (Retry and Catch match it). */
class TaskRefused extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

type Task<Schema extends z.ZodMiniType, Value, Refusal extends { readonly kind: string }> = {
  readonly command: Schema;
  readonly run: (command: z.infer<Schema>, now: Instant) => Promise<Result<Value, Refusal>>;
  /** The error names of the state machine's definition, by refusal. */
  readonly errors: { readonly [Kind in Refusal['kind']]: string };
  /** Metrics of the step: of each refusal of a kind, and of each time that it was done. A step that is retried is counted again. */
  readonly counted?: {
    readonly metrics: Metrics;
    readonly refusals?: { readonly [Kind in Refusal['kind']]?: string };
    readonly done?: (command: z.infer<Schema>) => readonly string[];
  };
};

/** A step of a state machine. Lambda reports an error's name as the ASL error name. */
export function taskHandler<
  Schema extends z.ZodMiniType,
  Value,
  Refusal extends { readonly kind: string },
>(task: Task<Schema, Value, Refusal>) {
  return middy<unknown, Value>().handler(async (event) => {
    const command = task.command.parse(event);
    const result = await task.run(command, systemClock());
    const told = tellingOf(command);
    if (result.ok) {
      log.info('step done', told);
      const names = task.counted?.done?.(command) ?? [];
      task.counted?.metrics.count(Object.fromEntries(names.map((name) => [name, 1])));
      return result.value;
    }
    const kind = result.refusal.kind as Refusal['kind'];
    const name = task.errors[kind];
    const metric = task.counted?.refusals?.[kind];
    if (metric !== undefined) task.counted?.metrics.count({ [metric]: 1 });
    log.warn('step refused', { ...told, error: name, refusal: kind });
    throw new TaskRefused(name, JSON.stringify(result.refusal));
  });
}

/** What a command says of the order that it is about; each has these by its schema. */
function tellingOf(command: unknown): Readonly<Record<string, unknown>> {
  const given: Readonly<Record<string, unknown>> =
    typeof command === 'object' && command !== null ? { ...command } : {};
  const { orderId, attempt, correlationId } = given;
  return { orderId, attempt, correlationId };
}
