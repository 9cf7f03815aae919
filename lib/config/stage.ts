import { RemovalPolicy } from 'aws-cdk-lib';
import type { ContextReader } from './context-reader.ts';
import { keysOf, type Options } from './option.ts';

/** The one stage that is destroyed with its stacks unless its settings say otherwise. */
export const DEV = 'dev';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html */
const RECOVERY_DAYS_MAX = 35;
/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
];
const ARCHIVE_DAYS_MAX = 3_650;
const RETENTION_DAYS_PROTECTED = 90;
const RETENTION_DAYS_DEV = 14;

const STAGE = /^[a-z][a-z0-9-]{0,15}$/;
/** The domain of a user pool contains the stage. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html */
const RESERVED_BY_COGNITO = /aws|amazon|cognito/;
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const ROLE_NAME = /^(?!\/)(?=.{1,576}$)([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/;

export const STAGE_OPTIONS = {
  stage: {
    meaning:
      'part of the names of the stacks: lower case letters, digits and dashes, at most 16. Every stage but `dev` is protected: its data survive the removal of its stacks',
    fallback: '`dev`',
  },
  settingsFile: {
    meaning:
      'path of a JSON file with settings of the stage; `none` reads no file. `-c` on the command line and cdk.json override it',
    fallback: '`config/<stage>.json`, if it exists',
  },
  removalPolicy: {
    meaning:
      '`retain` or `destroy` the tables and user pools when their stack is deleted. A stage that retains them is protected',
    fallback: '`destroy` in `dev`, else `retain`',
  },
  deletionProtection: {
    meaning: '`true`: tables and user pools refuse to be deleted',
    fallback: '`true` in a protected stage',
  },
  recoveryDays: {
    meaning: 'how many days back a table can be restored to any second, 1 to 35',
    fallback: '`35`',
  },
  logRetentionDays: {
    meaning: 'how many days logs are kept; one of the numbers that CloudWatch Logs accepts',
    fallback: '`90` in a protected stage, else `14`',
  },
  archiveDays: {
    meaning: 'how many days the events of the bus are kept for a replay, 1 to 3650',
    fallback: '`90` in a protected stage, else `14`',
  },
  breakGlassRole: {
    meaning:
      'name, with its path, of the one IAM role beside the functions that may write the tables ([recovery](runbook/recovery.md)); it need not exist until it is needed',
    fallback: '`stockbook-<stage>-break-glass`',
  },
} as const satisfies Options<string>;
export const STAGE_KEYS = keysOf(STAGE_OPTIONS);

export type StageConfig = {
  readonly stage: string;
  /** Whether the data of the stage survive the removal of its stacks. */
  readonly isProtected: boolean;
  /** What happens to tables and user pools when their stack is deleted, or when its first deployment fails. */
  readonly removalPolicy: RemovalPolicy;
  readonly deletionProtection: boolean;
  readonly recoveryDays: number;
  readonly logRetentionDays: number;
  readonly archiveDays: number;
  readonly breakGlassRole: string;
};

type Reader = ContextReader<keyof typeof STAGE_OPTIONS>;

/** Returns the name of the stage, and `dev` where the given one is not valid. */
export function stageName(read: Reader): string {
  const stage =
    read.text('stage', STAGE, 'lower case letters, digits and dashes (16 at most)') ?? DEV;
  if (RESERVED_BY_COGNITO.test(stage))
    read.errors.push(`stage must not have aws, amazon or cognito in it, but is "${stage}"`);
  return stage;
}

/** Reads what a stage keeps, and for how long. */
export function stageConfig(read: Reader, stage: string): StageConfig {
  const removal =
    read.choice('removalPolicy', ['retain', 'destroy']) ?? (stage === DEV ? 'destroy' : 'retain');
  const isProtected = removal === 'retain';
  const deletionProtection = read.flag('deletionProtection', isProtected);
  const days = isProtected ? RETENTION_DAYS_PROTECTED : RETENTION_DAYS_DEV;
  return {
    stage,
    isProtected,
    removalPolicy: removalPolicy(isProtected, deletionProtection),
    deletionProtection,
    recoveryDays: read.integer(
      'recoveryDays',
      RECOVERY_DAYS_MAX,
      [1, RECOVERY_DAYS_MAX],
      ' of days',
    ),
    logRetentionDays: logRetentionDays(read, days),
    archiveDays: read.integer('archiveDays', days, [1, ARCHIVE_DAYS_MAX], ' of days'),
    breakGlassRole:
      read.text(
        'breakGlassRole',
        ROLE_NAME,
        'the name of an IAM role, with its path if it has one',
      ) ?? `stockbook-${stage}-break-glass`,
  };
}

/**
 * Returns the policy of what holds data. A first deployment that fails removes what it has made, so that the next try leaves no orphans. What is protected
 * from deletion is kept even then: CloudFormation could not delete it, and its rollback would fail.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html (RetainExceptOnCreate)
 */
function removalPolicy(isProtected: boolean, deletionProtection: boolean): RemovalPolicy {
  if (!isProtected) return RemovalPolicy.DESTROY;
  return deletionProtection ? RemovalPolicy.RETAIN : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
}

function logRetentionDays(read: Reader, fallback: number): number {
  const max = LOG_RETENTION_DAYS.at(-1) ?? fallback;
  const days = read.integer('logRetentionDays', fallback, [1, max], ' of days');
  if (!LOG_RETENTION_DAYS.includes(days))
    read.errors.push(
      `logRetentionDays must be one of ${LOG_RETENTION_DAYS.join(', ')}, not ${days}`,
    );
  return days;
}
