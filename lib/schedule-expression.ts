import { Cron } from 'croner';

/**
 * Parses expressions of EventBridge Scheduler: the times of the runs, and the longest gap between
 * them.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */

const SECONDS_PER_HOUR = 3_600;
const SECONDS_PER_UNIT: Readonly<Record<string, number>> = {
  minute: 60,
  hour: SECONDS_PER_HOUR,
  day: 86_400,
};
const MILLISECONDS_PER_SECOND = 1_000;
/** Fields of a cron expression: minutes, hours, day of month, month, day of week, year. */
const CRON_FIELDS = 6;
/** More than a year, so that it includes each month and both clock changes. */
const HORIZON_SECONDS = 400 * 86_400;
/** Start of the calculation. It is fixed, so that a template depends on its settings only. */
const HORIZON_START = new Date('2026-01-01T00:00:00Z');

/** Returns the two parts of `cron(…)` or `rate(…)`. */
export function parseSchedule(schedule: string): {
  readonly kind: string;
  readonly expression: string;
} {
  const [, kind = '', expression = ''] = /^(\w+)\((.*)\)$/.exec(schedule) ?? [];
  return { kind, expression };
}

/** Returns the seconds between two runs of `rate(<rate>)`. Throws for an invalid rate. */
export function secondsOfRate(rate: string): number {
  const [, value, unit = ''] = /^(\d+) (minute|hour|day)s?$/.exec(rate) ?? [];
  const seconds = Number(value) * (SECONDS_PER_UNIT[unit] ?? Number.NaN);
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new Error(`rate(${rate}) is not a valid rate`);
}

/**
 * Returns the runs of `cron(<expression>)`, in which Sunday is 1, `?` is any day and `0/5` is every
 * fifth from 0. Throws for an invalid expression.
 *
 * @param run called at each run; without it no timer starts
 */
export function createCron(expression: string, timezone: string, run?: () => Promise<void>): Cron {
  const fields = expression.split(' ');
  if (fields.length !== CRON_FIELDS)
    throw new Error(`cron(${expression}) does not have ${CRON_FIELDS} fields`);
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = fields;
  // L alone is the last day of the week. croner supports it only after a day.
  const weekday = dayOfWeek === 'L' ? 'SAT' : dayOfWeek;
  const pattern = ['0', minutes, hours, dayOfMonth, month, weekday, year].join(' ');
  const options = {
    timezone,
    mode: '7-part',
    alternativeWeekdays: true,
    sloppyRanges: true,
  } as const;
  return run === undefined ? new Cron(pattern, options) : new Cron(pattern, options, run);
}

/**
 * Returns the longest time between two runs of a schedule, in seconds; undefined if it does not run
 * twice. Minutes other than a single one are treated as an additional hour, so that a schedule of
 * every minute is not calculated run by run.
 */
export function longestGapSeconds(schedule: string, timezone: string): number | undefined {
  const { kind, expression } = parseSchedule(schedule);
  if (kind === 'rate') return secondsOfRate(expression);
  const [minutes = '', ...others] = expression.split(' ');
  const isSingleMinute = /^\d+$/.test(minutes);
  const cron = createCron([isSingleMinute ? minutes : '0', ...others].join(' '), timezone);

  let previous = cron.nextRun(HORIZON_START);
  let longest: number | undefined;
  let elapsedSeconds = 0;
  while (previous !== null && elapsedSeconds < HORIZON_SECONDS) {
    const next = cron.nextRun(previous);
    if (next === null) break;
    const gap = (next.getTime() - previous.getTime()) / MILLISECONDS_PER_SECOND;
    longest = Math.max(longest ?? 0, gap);
    elapsedSeconds += gap;
    previous = next;
  }
  return longest === undefined || isSingleMinute ? longest : longest + SECONDS_PER_HOUR;
}
