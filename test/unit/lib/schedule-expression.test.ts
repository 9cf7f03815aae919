import { describe, expect, test } from 'vitest';
import { createCron, longestGapSeconds, secondsOfRate } from '../../../lib/schedule-expression.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;
const MONDAY = new Date('2026-11-30T00:00:00Z');

const runsOf = (expression: string, count: number, timezone = 'UTC') =>
  createCron(expression, timezone)
    .nextRuns(count, MONDAY)
    .map((run) => run.toISOString().slice(0, 16));

describe('a cron expression of EventBridge Scheduler', () => {
  test.each([
    ['0 12 ? * 2-6 *', ['2026-11-30T12:00', '2026-12-01T12:00']],
    ['0 3 ? * 1 *', ['2026-12-06T03:00', '2026-12-13T03:00']],
    ['0 3 ? * SUN *', ['2026-12-06T03:00', '2026-12-13T03:00']],
    ['15 10 ? * 6#3 2026', ['2026-12-18T10:15']],
    ['0 3 ? * 6L *', ['2026-12-25T03:00', '2027-01-29T03:00']],
    ['0 3 ? * L *', ['2026-12-05T03:00', '2026-12-12T03:00']],
    ['0 3 L * ? *', ['2026-11-30T03:00', '2026-12-31T03:00']],
    ['0 3 3W * ? *', ['2026-12-03T03:00', '2027-01-04T03:00']],
    ['0/30 8 1 * ? *', ['2026-12-01T08:00', '2026-12-01T08:30']],
    ['0 3 1/10 * ? *', ['2026-12-01T03:00', '2026-12-11T03:00']],
  ])('%s runs at %s', (expression, runs) => {
    expect(runsOf(expression, 2)).toEqual(runs);
  });

  test('runs in local time of its time zone', () => {
    expect(runsOf('0 3 * * ? *', 1, 'Asia/Tokyo')).toEqual(['2026-11-30T18:00']);
  });

  test.each(['0 3 * * ?', '0 3 * * ? * *', '0 25 * * ? *'])('%s is an error', (expression) => {
    expect(() => createCron(expression, 'UTC')).toThrow();
  });
});

test.each(['0 minutes', '5 weeks', 'minutes'])('a rate of %s is an error', (rate) => {
  expect(() => secondsOfRate(rate)).toThrow(rate);
});

describe('the longest gap of a schedule', () => {
  test.each([
    ['rate(6 hours)', 'UTC', 6 * HOUR],
    ['rate(1 day)', 'UTC', DAY],
    ['cron(0 3 * * ? *)', 'UTC', DAY],
    // The night in which clocks are set back has an additional hour.
    ['cron(0 3 * * ? *)', 'Europe/Berlin', 25 * HOUR],
    ['cron(0 3 ? * SUN *)', 'UTC', 7 * DAY],
    ['cron(0 3 ? * MON-FRI *)', 'UTC', 3 * DAY],
    ['cron(0 3 ? * MON-FRI *)', 'America/New_York', 3 * DAY + HOUR],
    ['cron(0 3,15 * * ? *)', 'UTC', 12 * HOUR],
    ['cron(0 3 1 * ? *)', 'UTC', 31 * DAY],
    ['cron(0 3 29 2 ? *)', 'UTC', (4 * 365 + 1) * DAY],
    // Every minute of January. The gap has an additional hour, because minutes are treated as
    // hours.
    ['cron(* * * 1 ? *)', 'UTC', (365 - 31) * DAY + 2 * HOUR],
  ])('%s in %s is %d seconds', (schedule, timezone, seconds) => {
    expect(longestGapSeconds(schedule, timezone)).toBe(seconds);
  });

  test.each(['cron(0 3 * * ? 2020)', 'cron(0 3 1 1 ? 2027)'])(
    '%s has none: it does not run twice',
    (schedule) => {
      expect(longestGapSeconds(schedule, 'UTC')).toBeUndefined();
    },
  );
});
