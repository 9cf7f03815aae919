import { readFileSync } from 'node:fs';
import type { App } from 'aws-cdk-lib';
import { RemovalPolicy } from 'aws-cdk-lib';
import { AUDIT_SEGMENTS_MAX } from '../lambdas/contracts/audit-api.ts';
import { HOLD_SECONDS_DEFAULT, HOLD_SECONDS_MAX } from '../lambdas/contracts/inventory-api.ts';
import { QUANTITY_UNITS_MAX } from '../lambdas/contracts/primitives.ts';
import { ContextReader } from './context-reader.ts';

/** What a deployment may set, by `-c key=value` or in cdk.json's context. */
export type Config = {
  /** Lower case letters, digits and dashes; part of the stacks' names. Default `dev`. */
  readonly stage: string;
  /** Who issues the tokens; undefined for a Cognito user pool that the app creates. */
  readonly issuer?: { readonly url: string; readonly audience: readonly string[] };
  /** Where the user pool may send a person back after signing in. Default `http://localhost:3000/callback`. */
  readonly callbackUrls: readonly string[];
  /** How long an order holds its units before it is paid. Default 600. */
  readonly holdSeconds: number;
  /** The grid of the moments at which holds lapse, and so the shortest hold. Default 60. */
  readonly holdSlotSeconds: number;
  /** Who is told of alarms; undefined for nobody but the topic's other subscribers. */
  readonly alarmEmail?: string;
  /** What becomes of the tables with their stack. Default `retain` in prod, else `destroy`. */
  readonly removalPolicy: RemovalPolicy.RETAIN | RemovalPolicy.DESTROY;
  /** When the books are reconciled, as EventBridge Scheduler writes it. Default `cron(0 3 * * ? *)`: each night, UTC. */
  readonly reconcileSchedule: string;
  /** How many parts of a walk go on side by side. Default 4. */
  readonly reconcileSegments: number;
  /** `auto` repairs by itself what is safe, within the caps; `alert` nothing. Default `alert`. */
  readonly repairs: 'alert' | 'auto';
  /** Units that are repaired without a person, of one sku and in one run. Defaults 10 and 100. */
  readonly repairUnitsPerSku: number;
  readonly repairUnitsPerRun: number;
  /** A count that differs by no more, in units or in percent of the book, is posted at once. Defaults 2 and 1. */
  readonly countToleranceUnits: number;
  readonly countTolerancePercent: number;
  /** Whether tables and the user pool refuse to be deleted. Default true in prod. */
  readonly deletionProtection: boolean;
  /** How far back a table can be restored to any second, in days. Default 35, the most that DynamoDB keeps. */
  readonly recoveryDays: number;
  /** How long logs are kept, in days. Default 90 in prod, else 14. */
  readonly logRetentionDays: number;
  /** How long the bus's events are kept for a replay, in days. Default 90 in prod, else 14. */
  readonly archiveDays: number;
  /** Of each function. Default 512. */
  readonly memoryMegabytes: number;
  /** `customer` encrypts tables, queues, topic, bus and logs with a KMS key that the app makes. Default `aws`: with AWS's own keys. */
  readonly encryption: 'aws' | 'customer';
  /** How a new version of a function takes over; but for `allAtOnce`, alarms roll it back. Default `allAtOnce`. */
  readonly rollout: Rollout;
  /** The API's own name, and the certificate for it (ACM, same region); undefined for API Gateway's name. */
  readonly domain?: { readonly name: string; readonly certificateArn: string };
  readonly version: string;
};

export type Rollout = 'allAtOnce' | 'canary' | 'linear';

export const PROD = 'prod';
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html */
const RECOVERY_DAYS_MAX = 35;
/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
const ARCHIVE_DAYS_MAX = 3_650;
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MEMORY_MEGABYTES: readonly [number, number] = [128, 10_240];

const KEYS = [
  'stage',
  'issuer',
  'audience',
  'callbackUrls',
  'holdSeconds',
  'holdSlotSeconds',
  'alarmEmail',
  'removalPolicy',
  'reconcileSchedule',
  'reconcileSegments',
  'repairs',
  'repairUnitsPerSku',
  'repairUnitsPerRun',
  'countToleranceUnits',
  'countTolerancePercent',
  'deletionProtection',
  'recoveryDays',
  'logRetentionDays',
  'archiveDays',
  'memoryMegabytes',
  'encryption',
  'rollout',
  'domainName',
  'certificateArn',
] as const;
type Key = (typeof KEYS)[number];

/** Context that is the CDK's own: feature flags, the toolkit's switches, cached look-ups. */
const CDK_CONTEXT = /^(@aws-cdk|aws:|aws-cdk:|availability-zones:|hosted-zone:|ami:|vpc-provider:|ssm:)/;

const STAGE = /^[a-z][a-z0-9-]{0,15}$/;
/** The user pool's domain has the stage in it. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html */
const RESERVED_BY_COGNITO = /aws|amazon|cognito/;

/** What was wrong with the context, all of it. */
export class InvalidConfig extends Error {
  override readonly name = 'InvalidConfig';

  constructor(faults: readonly string[]) {
    super(`Stockbook's configuration is not valid: ${faults.join('; ')}`);
  }
}

/** Reads and validates the context. Throws one InvalidConfig that names every fault. */
export function loadConfig(app: App): Config {
  const context: Readonly<Record<string, unknown>> = app.node.getAllContext();
  const read = new ContextReader<Key>(context);
  const unknown = Object.keys(context).filter(
    (key) => !CDK_CONTEXT.test(key) && !KEYS.some((known) => known === key),
  );
  read.faults.push(...unknown.map((key) => `unknown key "${key}" (known: ${KEYS.join(', ')})`));

  const stage = read.text('stage', STAGE, 'lower case letters, digits and dashes (16 at most)') ?? 'dev';
  if (RESERVED_BY_COGNITO.test(stage))
    read.faults.push(`stage must not have aws, amazon or cognito in it, but is "${stage}"`);
  const config = {
    stage,
    ...whoMayCall(read),
    ...holds(read),
    ...reconciling(read),
    ...keeping(read, stage === PROD),
    version: packageVersion(),
  };
  if (read.faults.length > 0) throw new InvalidConfig(read.faults);
  return config;
}

type Reader = ContextReader<Key>;

function whoMayCall(read: Reader): Pick<Config, 'issuer' | 'callbackUrls' | 'alarmEmail' | 'domain'> {
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

function holds(read: Reader): Pick<Config, 'holdSeconds' | 'holdSlotSeconds'> {
  const before = read.faults.length;
  const holdSlotSeconds = read.whole('holdSlotSeconds', 60, [1, 60], ' of seconds');
  const holdSeconds = read.whole('holdSeconds', HOLD_SECONDS_DEFAULT, [1, HOLD_SECONDS_MAX], ' of seconds');
  if (read.faults.length === before && holdSeconds < holdSlotSeconds)
    read.faults.push('holdSeconds must be at least holdSlotSeconds');
  return { holdSeconds, holdSlotSeconds };
}

function reconciling(
  read: Reader,
): Pick<
  Config,
  | 'reconcileSchedule'
  | 'reconcileSegments'
  | 'repairs'
  | 'repairUnitsPerSku'
  | 'repairUnitsPerRun'
  | 'countToleranceUnits'
  | 'countTolerancePercent'
> {
  const schedule = /^(cron\([0-9A-Z*?,/#LW -]+\)|rate\([1-9][0-9]* (minute|hour|day)s?\))$/;
  return {
    reconcileSchedule:
      read.text('reconcileSchedule', schedule, 'cron(…) or rate(…) as EventBridge Scheduler has it') ??
      'cron(0 3 * * ? *)',
    reconcileSegments: read.whole('reconcileSegments', 4, [1, AUDIT_SEGMENTS_MAX]),
    repairs: read.choice('repairs', ['alert', 'auto']) ?? 'alert',
    repairUnitsPerSku: read.whole('repairUnitsPerSku', 10, [0, QUANTITY_UNITS_MAX]),
    repairUnitsPerRun: read.whole('repairUnitsPerRun', 100, [0, QUANTITY_UNITS_MAX]),
    countToleranceUnits: read.whole('countToleranceUnits', 2, [0, QUANTITY_UNITS_MAX]),
    countTolerancePercent: read.whole('countTolerancePercent', 1, [0, 100]),
  };
}

function keeping(
  read: Reader,
  isProd: boolean,
): Pick<
  Config,
  | 'removalPolicy'
  | 'deletionProtection'
  | 'recoveryDays'
  | 'logRetentionDays'
  | 'archiveDays'
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
    memoryMegabytes: read.whole('memoryMegabytes', 512, MEMORY_MEGABYTES),
    encryption: read.choice('encryption', ['aws', 'customer']) ?? 'aws',
    rollout: read.choice('rollout', ['allAtOnce', 'canary', 'linear']) ?? 'allAtOnce',
  };
}

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest)
    return String(manifest.version);
  throw new Error('package.json has no version');
}
