import { readFileSync } from 'node:fs';
import type { App, RemovalPolicy } from 'aws-cdk-lib';
import { holds, keeping, paying, reconciling, whoMayCall } from './config-parts.ts';
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
  /** How many unpaid orders, and units in them, one customer may hold at a time. Defaults 100 and 10 000. */
  readonly holdsPerCustomer: number;
  readonly unitsPerCustomer: number;
  /** Who is told of alarms; undefined for nobody but the topic's other subscribers. */
  readonly alarmEmail?: string;
  /** What becomes of the tables with their stack. Default `retain` in prod, else `destroy`. */
  readonly removalPolicy: RemovalPolicy.RETAIN | RemovalPolicy.DESTROY;
  /** When the books are reconciled, as EventBridge Scheduler writes it. Default `cron(0 3 * * ? *)`: each night. */
  readonly reconcileSchedule: string;
  /** Time zone of that cron expression: a name of the IANA database. Default `UTC`. */
  readonly reconcileTimezone: string;
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
  /**
   * Name, with its path, of the one role beside the functions that may write the tables: for `npm run restore`. It need not exist until it
   * is needed. Default `stockbook-<stage>-break-glass`.
   */
  readonly breakGlassRole: string;
  /** Whether tables and the user pool refuse to be deleted. Default true in prod. */
  readonly deletionProtection: boolean;
  /** How far back a table can be restored to any second, in days. Default 35, the most that DynamoDB keeps. */
  readonly recoveryDays: number;
  /** How long logs are kept, in days. Default 90 in prod, else 14. */
  readonly logRetentionDays: number;
  /** How long the bus's events are kept for a replay, in days. Default 90 in prod, else 14. */
  readonly archiveDays: number;
  /** Whether the schemas of the events are in EventBridge's schema registry too. Default false. */
  readonly schemaRegistry: boolean;
  /** Of each function. Default 512. */
  readonly memoryMegabytes: number;
  /** `customer` encrypts tables, queues, topic, bus and logs with a KMS key that the app makes. Default `aws`: with AWS's own keys. */
  readonly encryption: 'aws' | 'customer';
  /** How a new version of a function takes over; but for `allAtOnce`, alarms roll it back. Default `allAtOnce`. */
  readonly rollout: Rollout;
  /** Where a sku's sales are in each other's way: `propose` more shards by an event, or `apply` them. Default `propose`. */
  readonly hotSkus: 'propose' | 'apply';
  /** Who moves the money; `sandbox` moves none. Default `sandbox`. */
  readonly paymentProvider: 'sandbox' | 'stripe';
  /** The secret with Stripe's keys, as JSON: `{"secretKey", "webhookSecret"}`. */
  readonly stripeSecretArn?: string;
  /** The API's own name, and the certificate for it (ACM, same region); undefined for API Gateway's name. */
  readonly domain?: { readonly name: string; readonly certificateArn: string };
  readonly version: string;
};

export type Rollout = 'allAtOnce' | 'canary' | 'linear';

export const PROD = 'prod';
const KEYS = [
  'stage',
  'issuer',
  'audience',
  'callbackUrls',
  'holdSeconds',
  'holdSlotSeconds',
  'holdsPerCustomer',
  'unitsPerCustomer',
  'alarmEmail',
  'removalPolicy',
  'reconcileSchedule',
  'reconcileTimezone',
  'reconcileSegments',
  'repairs',
  'repairUnitsPerSku',
  'repairUnitsPerRun',
  'countToleranceUnits',
  'countTolerancePercent',
  'breakGlassRole',
  'deletionProtection',
  'recoveryDays',
  'logRetentionDays',
  'archiveDays',
  'schemaRegistry',
  'memoryMegabytes',
  'encryption',
  'rollout',
  'hotSkus',
  'paymentProvider',
  'stripeSecretArn',
  'domainName',
  'certificateArn',
] as const;
export type Key = (typeof KEYS)[number];

/** Context that is the CDK's own: feature flags, the toolkit's switches, cached look-ups. */
const CDK_CONTEXT = /^(@aws-cdk|aws:|aws-cdk:|availability-zones:|hosted-zone:|ami:|vpc-provider:|ssm:)/;

const STAGE = /^[a-z][a-z0-9-]{0,15}$/;
/** The user pool's domain has the stage in it. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html */
const RESERVED_BY_COGNITO = /aws|amazon|cognito/;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const ROLE_NAME = /^(?!\/)(?=.{1,576}$)([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/;

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
    ...paying(read),
    ...keeping(read, stage === PROD),
    breakGlassRole:
      read.text('breakGlassRole', ROLE_NAME, 'the name of an IAM role, with its path if it has one') ??
      `stockbook-${stage}-break-glass`,
    version: packageVersion(),
  };
  if (read.faults.length > 0) throw new InvalidConfig(read.faults);
  return config;
}

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest)
    return String(manifest.version);
  throw new Error('package.json has no version');
}
