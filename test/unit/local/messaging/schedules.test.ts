import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startSchedule } from '../../../../local/messaging/schedules.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

function startJob(ScheduleExpression: string, over: object = {}) {
  const calls: unknown[] = [];
  const stop = startSchedule(
    'nightly',
    {
      ScheduleExpression,
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: 'arn:function', Input: '{"by":"schedule"}' },
      ...over,
    },
    {
      invoke: async (arn, event) => {
        calls.push([arn, event, new Date().toISOString()]);
        return { ok: true, payload: null };
      },
    },
  );
  return { calls, stop };
}

describe('a schedule', () => {
  beforeEach(() => vi.useFakeTimers({ now: new Date('2026-11-23T11:58:30Z') }));
  afterEach(() => vi.useRealTimers());

  test('invokes its function at a rate until it is stopped', async () => {
    const { calls, stop } = startJob('rate(2 minutes)');

    await vi.advanceTimersByTimeAsync(4 * MINUTE);
    stop();
    await vi.advanceTimersByTimeAsync(4 * MINUTE);

    expect(calls).toEqual([
      ['arn:function', { by: 'schedule' }, '2026-11-23T12:00:30.000Z'],
      ['arn:function', { by: 'schedule' }, '2026-11-23T12:02:30.000Z'],
    ]);
  });

  test('runs by cron in UTC', async () => {
    const { calls, stop } = startJob('cron(0 12 ? * MON-FRI *)');

    await vi.advanceTimersByTimeAsync(3 * MINUTE);
    stop();

    expect(calls).toEqual([['arn:function', { by: 'schedule' }, '2026-11-23T12:00:00.000Z']]);
  });

  test('runs by cron in its time zone', async () => {
    const { calls, stop } = startJob('cron(0 21 * * ? *)', {
      ScheduleExpressionTimezone: 'Asia/Tokyo',
    });

    await vi.advanceTimersByTimeAsync(3 * MINUTE);
    stop();

    expect(calls).toHaveLength(1);
  });

  test('does not run when disabled', async () => {
    const { calls } = startJob('rate(1 minute)', { State: 'DISABLED' });

    await vi.advanceTimersByTimeAsync(5 * MINUTE);

    expect(calls).toEqual([]);
  });

  test.each([
    ['at its third try', 2, []],
    ['at no try', 3, ['{"by":"schedule"}']],
  ])(
    'whose function succeeds %s: after %i failures the DLQ has %o',
    async (_when, failures, deadLetters) => {
      vi.useFakeTimers({ fakeNodeBuiltins: true, now: new Date('2026-11-23T11:58:30Z') });
      vi.spyOn(console, 'error').mockReturnValue(undefined);
      let attempts = 0;
      const given: string[] = [];
      const schedule = {
        ScheduleExpression: 'rate(1 hour)',
        FlexibleTimeWindow: { Mode: 'OFF' as const },
        Target: { Arn: 'arn:function', Input: '{"by":"schedule"}' },
      };
      const stop = startSchedule('nightly', schedule, {
        invoke: async () => {
          attempts += 1;
          return attempts > failures
            ? { ok: true, payload: null }
            : { ok: false, error: { errorType: 'Error', errorMessage: 'away', trace: [] } };
        },
        sendToDeadLetters: async (input) => void given.push(input),
      });

      await vi.advanceTimersByTimeAsync(64 * MINUTE);
      stop();

      expect(attempts).toBe(3);
      expect(given).toEqual(deadLetters);
      vi.restoreAllMocks();
    },
  );

  test.each(['at(2026-11-23T12:00:00)', 'rate(0 minutes)', 'rate(5 weeks)'])(
    'rejects %s',
    (expression) => {
      expect(() => startJob(expression)).toThrow(expression);
    },
  );
});
