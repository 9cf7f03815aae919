import { cronOf, partsOf, secondsOf } from '../lib/aws-schedule.ts';
import type { Invoke } from './functions.ts';
import type { Properties } from './resource-types.ts';

type Schedule = Properties<'AWS::Scheduler::Schedule'>;

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
const SCHEDULED_TIME = '<aws.scheduler.scheduled-time>';

/**
 * Runs a schedule of EventBridge Scheduler: its function is invoked with the target's input until the answer is called.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function startSchedule(name: string, schedule: Schedule, invoke: Invoke): () => void {
  if (schedule.State === 'DISABLED') return () => undefined;
  const run = async (): Promise<void> => {
    const input = (schedule.Target.Input ?? '{}').replaceAll(SCHEDULED_TIME, new Date().toISOString());
    const result = await invoke(schedule.Target.Arn, JSON.parse(input));
    if (!result.ok)
      console.error(`the schedule ${name} failed: ${result.error.errorType} ${result.error.errorMessage}`);
  };

  const { kind, expression } = partsOf(schedule.ScheduleExpression);
  if (kind === 'rate') {
    const timer = setInterval(run, secondsOf(expression) * 1_000);
    return () => clearInterval(timer);
  }
  if (kind === 'cron') {
    const job = cronOf(expression, schedule.ScheduleExpressionTimezone ?? 'UTC', run);
    return () => job.stop();
  }
  throw new Error(`schedule ${name}: the local runtime does not know ${schedule.ScheduleExpression}`);
}
