import { Cron } from 'croner';
import type { Invoke } from './functions.ts';
import type { Properties } from './resource-types.ts';

type Schedule = Properties<'AWS::Scheduler::Schedule'>;

const SECONDS: Readonly<Record<string, number>> = { minute: 60, hour: 3_600, day: 86_400 };

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

  const [, kind = '', expression = ''] = /^(\w+)\((.*)\)$/.exec(schedule.ScheduleExpression) ?? [];
  if (kind === 'rate') {
    const timer = setInterval(run, secondsOf(expression) * 1_000);
    return () => clearInterval(timer);
  }
  if (kind === 'cron') {
    const timezone = schedule.ScheduleExpressionTimezone ?? 'UTC';
    const job = new Cron(toCroner(expression), { timezone }, run);
    return () => job.stop();
  }
  throw new Error(`schedule ${name}: the local runtime does not know ${schedule.ScheduleExpression}`);
}

function secondsOf(rate: string): number {
  const [, value, unit = ''] = /^(\d+) (minute|hour|day)s?$/.exec(rate) ?? [];
  const seconds = Number(value) * (SECONDS[unit] ?? Number.NaN);
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new Error(`rate(${rate}) is not a rate`);
}

/** AWS: minutes hours day-of-month month day-of-week year, in which Sunday is 1 and `?` is any. */
export function toCroner(expression: string): string {
  const [minutes, hours, dayOfMonth, month, dayOfWeek = '*', year] = expression.split(' ');
  const weekday = dayOfWeek.replace(/(?<![#\d])\d/g, (day) => String(Number(day) - 1));
  return ['0', minutes, hours, dayOfMonth, month, weekday, year].join(' ').replaceAll('?', '*');
}
