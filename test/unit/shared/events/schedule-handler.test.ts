import { describe, expect, test } from 'vitest';
import { ScheduledRun } from '../../../../lambdas/contracts/api/reconciliation.ts';
import { scheduleHandler } from '../../../../lambdas/shared/events/schedule-handler.ts';
import { aContext } from '../../../support/http/http-event.ts';

describe('a scheduled run', () => {
  const runs: unknown[] = [];
  const handler = scheduleHandler({ input: ScheduledRun, run: async (input) => runs.push(input) });

  test.each(['2026-11-24T03:00:00Z', '2026-11-24T03:00:00.000Z'])(
    'has a time: %s',
    async (scheduledTime) => {
      await handler({ scheduledTime }, aContext());

      expect(runs.pop()).toEqual({ scheduledTime });
    },
  );

  test.each(['<aws.scheduler.scheduled-time>', '', '24 November', 7])(
    'whose time is %o is rejected with the expected input',
    async (scheduledTime) => {
      await expect(handler({ scheduledTime }, aContext())).rejects.toThrow(
        /The input of the schedule is not valid.*scheduledTime/s,
      );
      expect(runs).toEqual([]);
    },
  );
});
