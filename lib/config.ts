import { readFileSync } from 'node:fs';
import type { App } from 'aws-cdk-lib';
import { RemovalPolicy } from 'aws-cdk-lib';
import { AUDIT_SEGMENTS_MAX } from '../lambdas/contracts/audit-api.ts';
import { HOLD_SECONDS_DEFAULT, HOLD_SECONDS_MAX } from '../lambdas/contracts/inventory-api.ts';
import { QUANTITY_UNITS_MAX } from '../lambdas/contracts/primitives.ts';

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
  readonly version: string;
};

export const PROD = 'prod';

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
  const faults: string[] = [];
  for (const key of Object.keys(context)) {
    if (!CDK_CONTEXT.test(key) && !KEYS.some((known) => known === key)) {
      faults.push(`unknown key "${key}" (known: ${KEYS.join(', ')})`);
    }
  }

  const text = (
    key: Key,
    fallback: string | undefined,
    pattern: RegExp,
    meaning: string,
  ): string | undefined => {
    const value = context[key];
    if (value === undefined || value === '') return fallback;
    if (typeof value === 'string' && pattern.test(value)) return value;
    faults.push(`${key} must be ${meaning}, not ${JSON.stringify(value)}`);
    return fallback;
  };
  const whole = (key: Key, fallback: number, [min, max]: readonly [number, number], of = ''): number => {
    const given = context[key] ?? fallback;
    const value = typeof given === 'string' && /^[0-9]{1,9}$/.test(given) ? Number(given) : given;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    faults.push(
      `${key} must be a whole number${of} from ${min} to ${max}, not ${JSON.stringify(context[key])}`,
    );
    return fallback;
  };

  const seconds = (key: Key, fallback: number, max: number): number =>
    whole(key, fallback, [1, max], ' of seconds');

  const stage = text('stage', 'dev', STAGE, 'lower case letters, digits and dashes (16 at most)') ?? 'dev';
  if (RESERVED_BY_COGNITO.test(stage))
    faults.push(`stage must not have aws, amazon or cognito in it, but is "${stage}"`);
  // API Gateway takes https issuers only; a local runtime's is http on the loopback address.
  const issuer = text('issuer', undefined, /^(https:\/\/|http:\/\/127\.0\.0\.1:)\S+$/, 'an https URL');
  const audience = text(
    'audience',
    undefined,
    /^[^\s,]+(,[^\s,]+)*$/,
    'one or more audiences parted by commas',
  );
  if ((context.issuer === undefined) !== (context.audience === undefined))
    faults.push('issuer and audience go together');
  const callbackUrls = text(
    'callbackUrls',
    'http://localhost:3000/callback',
    /^https?:\/\/[^\s,]+(,https?:\/\/[^\s,]+)*$/,
    'URLs parted by commas',
  );
  const alarmEmail = text('alarmEmail', undefined, /^[^\s@]+@[^\s@]+$/, 'an e-mail address');
  const removal = text(
    'removalPolicy',
    stage === PROD ? 'retain' : 'destroy',
    /^(retain|destroy)$/,
    'retain or destroy',
  );
  const reconcileSchedule =
    text(
      'reconcileSchedule',
      undefined,
      /^(cron\([0-9A-Z*?,/#LW -]+\)|rate\([1-9][0-9]* (minute|hour|day)s?\))$/,
      'cron(…) or rate(…) as EventBridge Scheduler has it',
    ) ?? 'cron(0 3 * * ? *)';
  const repairs = text('repairs', 'alert', /^(alert|auto)$/, 'alert or auto') === 'auto' ? 'auto' : 'alert';
  const numbers = {
    reconcileSegments: whole('reconcileSegments', 4, [1, AUDIT_SEGMENTS_MAX]),
    repairUnitsPerSku: whole('repairUnitsPerSku', 10, [0, QUANTITY_UNITS_MAX]),
    repairUnitsPerRun: whole('repairUnitsPerRun', 100, [0, QUANTITY_UNITS_MAX]),
    countToleranceUnits: whole('countToleranceUnits', 2, [0, QUANTITY_UNITS_MAX]),
    countTolerancePercent: whole('countTolerancePercent', 1, [0, 100]),
  };
  const before = faults.length;
  const holdSlotSeconds = seconds('holdSlotSeconds', 60, 60);
  const holdSeconds = seconds('holdSeconds', HOLD_SECONDS_DEFAULT, HOLD_SECONDS_MAX);
  if (faults.length === before && holdSeconds < holdSlotSeconds)
    faults.push('holdSeconds must be at least holdSlotSeconds');
  if (faults.length > 0) throw new InvalidConfig(faults);

  return {
    stage,
    ...(issuer === undefined || audience === undefined
      ? {}
      : { issuer: { url: issuer, audience: audience.split(',') } }),
    callbackUrls: callbackUrls?.split(',') ?? [],
    holdSeconds,
    holdSlotSeconds,
    ...(alarmEmail === undefined ? {} : { alarmEmail }),
    removalPolicy: removal === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    reconcileSchedule,
    repairs,
    ...numbers,
    version: packageVersion(),
  };
}

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest)
    return String(manifest.version);
  throw new Error('package.json has no version');
}
