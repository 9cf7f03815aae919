import { RemovalPolicy } from 'aws-cdk-lib';
import { AUDIT_SEGMENTS_MAX } from '../lambdas/contracts/audit-api.ts';
import {
  HOLD_SECONDS_DEFAULT,
  HOLD_SECONDS_MAX,
  HOLD_SLOT_SECONDS_MAX,
} from '../lambdas/contracts/inventory-api.ts';
import { QUANTITY_UNITS_MAX } from '../lambdas/contracts/primitives.ts';
import type { Config, Key } from './config.ts';
import type { ContextReader } from './context-reader.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html */
const RECOVERY_DAYS_MAX = 35;
/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
/** All of a customer's claims are in one item, and each order writes it. */
const HOLDS_PER_CUSTOMER_MAX = 1_000;
const UNITS_PER_CUSTOMER_MAX = 25 * QUANTITY_UNITS_MAX;
const ARCHIVE_DAYS_MAX = 3_650;
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MEMORY_MEGABYTES: readonly [number, number] = [128, 10_240];

type Reader = ContextReader<Key>;

/** Who may call, by which name, and who is told. */
export function whoMayCall(read: Reader): Pick<Config, 'issuer' | 'callbackUrls' | 'alarmEmail' | 'domain'> {
  // API Gateway takes https issuers only; a local runtime's is http on the loopback address.
  const issuer = read.text('issuer', /^(https:\/\/|http:\/\/127\.0\.0\.1:)\S+$/, 'an https URL');
  const audience = read.text('audience', /^[^\s,]+(,[^\s,]+)*$/, 'one or more audiences parted by commas');
  read.together('issuer', 'audience');
  const urls = /^https?:\/\/[^\s,]+(,https?:\/\/[^\s,]+)*$/;
  const callbackUrls =
    read.text('callbackUrls', urls, 'URLs parted by commas') ?? 'http://localhost:3000/callback';
  const alarmEmail = read.text('alarmEmail', /^[^\s@]+@[^\s@]+$/, 'an e-mail address');
  const name = read.text('domainName', /^(?=.{1,253}$)([a-z0-9-]{1,63}\.)+[a-z]{2,63}$/, 'a domain name');
  const certificate = /^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate\/\S+$/;
  const certificateArn = read.text('certificateArn', certificate, 'the ARN of a certificate in ACM');
  read.together('domainName', 'certificateArn');
  return {
    ...(issuer === undefined || audience === undefined
      ? {}
      : { issuer: { url: issuer, audience: audience.split(',') } }),
    callbackUrls: callbackUrls.split(','),
    ...(alarmEmail === undefined ? {} : { alarmEmail }),
    ...(name === undefined || certificateArn === undefined ? {} : { domain: { name, certificateArn } }),
  };
}

/** How long units are held, and how many for one customer. */
export function holds(
  read: Reader,
): Pick<Config, 'holdSeconds' | 'holdSlotSeconds' | 'holdsPerCustomer' | 'unitsPerCustomer' | 'hotSkus'> {
  const before = read.faults.length;
  const holdSlotSeconds = read.whole('holdSlotSeconds', 60, [1, HOLD_SLOT_SECONDS_MAX], ' of seconds');
  const holdSeconds = read.whole('holdSeconds', HOLD_SECONDS_DEFAULT, [1, HOLD_SECONDS_MAX], ' of seconds');
  if (read.faults.length === before && holdSeconds < holdSlotSeconds)
    read.faults.push('holdSeconds must be at least holdSlotSeconds');
  return {
    holdSeconds,
    holdSlotSeconds,
    holdsPerCustomer: read.whole('holdsPerCustomer', 100, [1, HOLDS_PER_CUSTOMER_MAX]),
    unitsPerCustomer: read.whole('unitsPerCustomer', 10_000, [1, UNITS_PER_CUSTOMER_MAX]),
    hotSkus: read.choice('hotSkus', ['propose', 'apply']) ?? 'propose',
  };
}

/** When the books are reconciled, and what is repaired without a person. */
export function reconciling(
  read: Reader,
): Pick<
  Config,
  | 'reconcileSchedule'
  | 'reconcileTimezone'
  | 'reconcileSegments'
  | 'repairs'
  | 'repairUnitsPerSku'
  | 'repairUnitsPerRun'
  | 'countToleranceUnits'
  | 'countTolerancePercent'
> {
  const schedule = /^(cron\([0-9A-Z*?,/#LW -]+\)|rate\([1-9][0-9]* (minute|hour|day)s?\))$/;
  const reconcileSchedule =
    read.text('reconcileSchedule', schedule, 'cron(…) or rate(…) as EventBridge Scheduler has it') ??
    'cron(0 3 * * ? *)';
  return {
    reconcileSchedule,
    reconcileTimezone: timezone(read, reconcileSchedule),
    reconcileSegments: read.whole('reconcileSegments', 4, [1, AUDIT_SEGMENTS_MAX]),
    repairs: read.choice('repairs', ['alert', 'auto']) ?? 'alert',
    repairUnitsPerSku: read.whole('repairUnitsPerSku', 10, [0, QUANTITY_UNITS_MAX]),
    repairUnitsPerRun: read.whole('repairUnitsPerRun', 100, [0, QUANTITY_UNITS_MAX]),
    countToleranceUnits: read.whole('countToleranceUnits', 2, [0, QUANTITY_UNITS_MAX]),
    countTolerancePercent: read.whole('countTolerancePercent', 1, [0, 100]),
  };
}

/** A name of the IANA database, as EventBridge Scheduler takes it; an offset such as `+09:00` is none. */
function timezone(read: Reader, schedule: string): string {
  const named = /^[A-Za-z]+([/_+-][A-Za-z0-9]+)*$/;
  const meaning = 'a time zone of the IANA database, for example Asia/Tokyo';
  const given = read.text('reconcileTimezone', named, meaning);
  if (given === undefined) return 'UTC';
  if (!isTimezone(given))
    read.faults.push(`reconcileTimezone must be ${meaning}, not ${JSON.stringify(given)}`);
  else if (schedule.startsWith('rate('))
    read.faults.push('reconcileTimezone is for a cron(…) in reconcileSchedule: a rate(…) has no time of day');
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

/** What is kept, for how long, and how it runs. */
export function keeping(
  read: Reader,
  isProd: boolean,
): Pick<
  Config,
  | 'removalPolicy'
  | 'deletionProtection'
  | 'recoveryDays'
  | 'logRetentionDays'
  | 'archiveDays'
  | 'schemaRegistry'
  | 'memoryMegabytes'
  | 'encryption'
  | 'rollout'
> {
  const removal = read.choice('removalPolicy', ['retain', 'destroy']) ?? (isProd ? 'retain' : 'destroy');
  const days = isProd ? 90 : 14;
  const logRetentionDays = read.whole(
    'logRetentionDays',
    days,
    [1, LOG_RETENTION_DAYS.at(-1) ?? days],
    ' of days',
  );
  if (!LOG_RETENTION_DAYS.includes(logRetentionDays))
    read.faults.push(
      `logRetentionDays must be one of ${LOG_RETENTION_DAYS.join(', ')}, not ${logRetentionDays}`,
    );
  return {
    removalPolicy: removal === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    deletionProtection: read.flag('deletionProtection', isProd),
    recoveryDays: read.whole('recoveryDays', RECOVERY_DAYS_MAX, [1, RECOVERY_DAYS_MAX], ' of days'),
    logRetentionDays,
    archiveDays: read.whole('archiveDays', days, [1, ARCHIVE_DAYS_MAX], ' of days'),
    schemaRegistry: read.flag('schemaRegistry', false),
    memoryMegabytes: read.whole('memoryMegabytes', 512, MEMORY_MEGABYTES),
    encryption: read.choice('encryption', ['aws', 'customer']) ?? 'aws',
    rollout: read.choice('rollout', ['allAtOnce', 'canary', 'linear']) ?? 'allAtOnce',
  };
}

/** Who moves the money. */
export function paying(read: Reader): Pick<Config, 'paymentProvider' | 'stripeSecretArn'> {
  const paymentProvider = read.choice('paymentProvider', ['sandbox', 'stripe']) ?? 'sandbox';
  const secret = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:\S+$/;
  const stripeSecretArn = read.text('stripeSecretArn', secret, 'the ARN of a secret in Secrets Manager');
  if ((paymentProvider === 'stripe') !== read.isGiven('stripeSecretArn'))
    read.faults.push('paymentProvider stripe and stripeSecretArn go together');
  return { paymentProvider, ...(stripeSecretArn === undefined ? {} : { stripeSecretArn }) };
}
