import { setTimeout as delay } from 'node:timers/promises';
import { createCron, parseSchedule, secondsOfRate } from '../../lib/schedule-expression.ts';
import type { Properties } from '../cloud-assembly/resource-types.ts';
import type { Invoke, InvokeResult } from '../functions/invoke.ts';

type Schedule = Properties<'AWS::Scheduler::Schedule'>;

/**
 *
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
const SCHEDULED_TIME = '<aws.scheduler.scheduled-time>';

/**
 * Delays between the attempts of an asynchronous invocation that the function fails.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
const RETRY_DELAYS_MILLISECONDS = [60_000, 120_000];

export type SchedulePorts = {
  readonly invoke: Invoke;
  /**
   * Sends the input of a run to the function's dead letter queue after the function failed all
   * attempts. Absent for a function without one.
   */
  readonly sendToDeadLetters?: ((input: string) => Promise<void>) | undefined;
};

/**
 * Runs a schedule of EventBridge Scheduler: invokes its function asynchronously with the target's
 * input. Returns a function that stops it.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function startSchedule(
  name: string,
  schedule: Schedule,
  { invoke, sendToDeadLetters }: SchedulePorts,
): () => void {
  if (schedule.State === 'DISABLED') return () => undefined;
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    const input = (schedule.Target.Input ?? '{}').replaceAll(
      SCHEDULED_TIME,
      new Date().toISOString(),
    );
    for (const delayMilliseconds of [...RETRY_DELAYS_MILLISECONDS, undefined]) {
      const result = await invoke(schedule.Target.Arn, JSON.parse(input));
      if (result.ok) return;
      console.error(`the schedule ${name} failed: ${describeFailure(result)}`);
      if (delayMilliseconds === undefined) await sendToDeadLetters?.(input);
      else
        await delay(delayMilliseconds, undefined, { signal: stopping.signal }).catch(
          () => undefined,
        );
      if (stopping.signal.aborted) return;
    }
  };

  const { kind, expression } = parseSchedule(schedule.ScheduleExpression);
  if (kind === 'rate') {
    const timer = setInterval(run, secondsOfRate(expression) * 1_000);
    return () => {
      clearInterval(timer);
      stopping.abort();
    };
  }
  if (kind === 'cron') {
    const job = createCron(expression, schedule.ScheduleExpressionTimezone ?? 'UTC', run);
    return () => {
      job.stop();
      stopping.abort();
    };
  }
  throw new Error(
    `schedule ${name}: the local runtime does not support ${schedule.ScheduleExpression}`,
  );
}

const describeFailure = ({ error }: Extract<InvokeResult, { readonly ok: false }>): string =>
  `${error.errorType} ${error.errorMessage}`;
