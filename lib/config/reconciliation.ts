import { AUDIT_SEGMENTS_MAX } from '../../lambdas/contracts/audit-api.ts';
import { QUANTITY_UNITS_MAX } from '../../lambdas/contracts/primitives.ts';
import { longestGapSeconds } from '../schedule-expression.ts';
import type { ContextReader } from './context-reader.ts';
import { keysOf, type Options } from './option.ts';

export const RECONCILIATION_OPTIONS = {
  reconcileSchedule: {
    meaning: 'when the books are reconciled: `cron(…)` or `rate(…)` of EventBridge Scheduler',
    fallback: '`cron(0 3 * * ? *)`: each night',
  },
  reconcileTimezone: {
    meaning:
      'time zone of that `cron(…)`, by its name in the IANA database: `Asia/Tokyo`. 03:00 UTC is noon in Japan',
    fallback: '`UTC`',
  },
  reconcileSegments: { meaning: 'parts of a walk that run in parallel, 1 to 64', fallback: '`4`' },
  autoRepair: {
    meaning:
      '`false`: a person approves each repair; `true`: safe repairs within the caps need no approval',
    fallback: '`false`',
  },
  repairUnitsPerSku: {
    meaning: 'cap of automatic repairs of one SKU in one run, in units',
    fallback: '`10`',
  },
  repairUnitsPerRun: {
    meaning: 'cap of automatic repairs in one run, in units',
    fallback: '`100`',
  },
  countToleranceUnits: {
    meaning:
      'a count is posted at once when it differs by no more than the larger of this many units and `countTolerancePercent`; a SKU may have its own `countTolerance`',
    fallback: '`2`',
  },
  countTolerancePercent: { meaning: 'the same in percent of the book', fallback: '`1`' },
} as const satisfies Options<string>;
export const RECONCILIATION_KEYS = keysOf(RECONCILIATION_OPTIONS);

export type ReconciliationConfig = {
  readonly reconcileSchedule: string;
  readonly reconcileTimezone: string;
  readonly reconcileSegments: number;
  readonly autoRepair: boolean;
  readonly repairUnitsPerSku: number;
  readonly repairUnitsPerRun: number;
  readonly countToleranceUnits: number;
  readonly countTolerancePercent: number;
};

type Reader = ContextReader<keyof typeof RECONCILIATION_OPTIONS>;

/** Reads when the books are reconciled, and what is repaired without a person. */
export function reconciliationConfig(read: Reader): ReconciliationConfig {
  const schedule = /^(cron\([0-9A-Z*?,/#LW -]+\)|rate\([1-9][0-9]* (minute|hour|day)s?\))$/;
  const before = read.errors.length;
  const reconcileSchedule =
    read.text(
      'reconcileSchedule',
      schedule,
      'cron(…) or rate(…) as EventBridge Scheduler has it',
    ) ?? 'cron(0 3 * * ? *)';
  const reconcileTimezone = timezone(read, reconcileSchedule);
  if (read.errors.length === before)
    requireRecurringSchedule(read, reconcileSchedule, reconcileTimezone);
  return {
    reconcileSchedule,
    reconcileTimezone,
    reconcileSegments: read.integer('reconcileSegments', 4, [1, AUDIT_SEGMENTS_MAX]),
    autoRepair: read.flag('autoRepair', false),
    repairUnitsPerSku: read.integer('repairUnitsPerSku', 10, [0, QUANTITY_UNITS_MAX]),
    repairUnitsPerRun: read.integer('repairUnitsPerRun', 100, [0, QUANTITY_UNITS_MAX]),
    countToleranceUnits: read.integer('countToleranceUnits', 2, [0, QUANTITY_UNITS_MAX]),
    countTolerancePercent: read.integer('countTolerancePercent', 1, [0, 100]),
  };
}

/** The alarm of a missing reconciliation needs the longest time between two runs. */
function requireRecurringSchedule(read: Reader, schedule: string, zone: string): void {
  try {
    if (longestGapSeconds(schedule, zone) === undefined)
      read.errors.push(`reconcileSchedule must run more than once, but ${schedule} does not`);
  } catch (error) {
    read.errors.push(
      `reconcileSchedule ${schedule} cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** Returns a name of the IANA database, as EventBridge Scheduler takes it; an offset such as `+09:00` is not one. */
function timezone(read: Reader, schedule: string): string {
  const named = /^[A-Za-z]+([/_+-][A-Za-z0-9]+)*$/;
  const meaning = 'a time zone of the IANA database, for example Asia/Tokyo';
  const given = read.text('reconcileTimezone', named, meaning);
  if (given === undefined) return 'UTC';
  if (!isTimezone(given))
    read.errors.push(`reconcileTimezone must be ${meaning}, not ${JSON.stringify(given)}`);
  else if (schedule.startsWith('rate('))
    read.errors.push(
      'reconcileTimezone is for a cron(…) in reconcileSchedule: a rate(…) has no time of day',
    );
  return given;
}

function isTimezone(name: string): boolean {
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    // An alias resolves to another name; the same name in other letters is one that Scheduler rejects.
    return timeZone === name || timeZone.toLowerCase() !== name.toLowerCase();
  } catch {
    return false;
  }
}
