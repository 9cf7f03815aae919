import * as z from 'zod/mini';
import { AUDIT_SEGMENTS_MAX } from '../../lambdas/contracts/api/audit-queries.ts';
import { QUANTITY_UNITS_MAX } from '../../lambdas/contracts/primitives.ts';
import { longestGapSeconds } from '../schedule-expression.ts';
import { flag, integer, mustBe, optionWithDefault, rule, text } from './option.ts';

const TIMEZONE = 'a time zone of the IANA database, for example Asia/Tokyo';

/**
 * Returns whether EventBridge Scheduler accepts the name; an offset such as `+09:00` is not a name.
 */
function isTimezone(name: string): boolean {
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    // An alias resolves to another name. Scheduler rejects the same name in another case.
    return timeZone === name || timeZone.toLowerCase() !== name.toLowerCase();
  } catch {
    return false;
  }
}

const units = () => integer([0, QUANTITY_UNITS_MAX]);

export const RECONCILIATION_OPTIONS = {
  reconcileSchedule: optionWithDefault(
    text(
      /^(cron\([0-9A-Z*?,/#LW -]+\)|rate\([1-9][0-9]* (minute|hour|day)s?\))$/,
      'cron(…) or rate(…) in the syntax of EventBridge Scheduler',
    ),
    'cron(0 3 * * ? *)',
    {
      description:
        'Schedule of the reconciliation: `cron(…)` or `rate(…)` in the syntax of EventBridge Scheduler',
      defaultText: '`cron(0 3 * * ? *)`: daily at 03:00',
    },
  ),
  reconcileTimezone: optionWithDefault(
    text(/^[A-Za-z]+([/_+-][A-Za-z0-9]+)*$/, TIMEZONE).check(
      z.refine(isTimezone, mustBe(TIMEZONE)),
    ),
    'UTC',
    {
      description:
        'Time zone of a `cron(…)` in `reconcileSchedule`: a name in the IANA database, for example `Asia/Tokyo`. Set it so that the reconciliation runs at night: 03:00 UTC is noon in Japan',
    },
  ),
  reconcileSegments: optionWithDefault(integer([1, AUDIT_SEGMENTS_MAX]), 4, {
    description: 'Segments of a table scan, which can run in parallel, 1 to 64',
  }),
  autoRepair: optionWithDefault(flag(), false, {
    description:
      '`false`: an operator must approve each repair. `true`: safe repairs within the caps need no approval',
  }),
  repairUnitsPerSku: optionWithDefault(units(), 10, {
    description: 'Maximum units that automatic repairs may change for one SKU in one run',
  }),
  repairUnitsPerRun: optionWithDefault(units(), 100, {
    description: 'Maximum units that automatic repairs may change in one run',
  }),
  countToleranceUnits: optionWithDefault(units(), 2, {
    description:
      'A count is posted without approval if its difference in units is at most this number, or at most `countTolerancePercent` of the recorded stock. A SKU may have its own `countTolerance`',
  }),
  countTolerancePercent: optionWithDefault(integer([0, 100]), 1, {
    description: 'Tolerance of a count in percent of the recorded stock. See `countToleranceUnits`',
  }),
};

type ReconciliationOptions = z.output<z.ZodMiniObject<typeof RECONCILIATION_OPTIONS>>;

export const RECONCILIATION_RULES = [
  rule<ReconciliationOptions>(
    ['reconcileSchedule', 'reconcileTimezone'],
    ({ reconcileSchedule: schedule, reconcileTimezone: timezone }) => {
      if (schedule.startsWith('rate(') && timezone !== 'UTC')
        return 'reconcileTimezone is for a cron(…) in reconcileSchedule: a rate(…) has no time of day';
      try {
        // The alarm of a missing reconciliation needs the longest time between two runs.
        return longestGapSeconds(schedule, timezone) === undefined
          ? `reconcileSchedule must run more than once, but ${schedule} does not`
          : undefined;
      } catch (error) {
        return `reconcileSchedule ${schedule} cannot be parsed: ${error instanceof Error ? error.message : error}`;
      }
    },
  ),
];
