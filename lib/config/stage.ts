import { RemovalPolicy } from 'aws-cdk-lib';
import * as z from 'zod/mini';
import { choice, flag, integer, option, optionWithDefault, text } from './option.ts';

/** The only stage whose data is deleted with its stacks by default. */
export const DEV = 'dev';

/**
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
 */
const RECOVERY_DAYS_MAX = 35;
/**
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
 */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
];
const LOG_RETENTION_DAYS_MAX = 3_653;
const ARCHIVE_DAYS_MAX = 3_650;
const RETENTION_DAYS_PROTECTED = 90;
const RETENTION_DAYS_DEV = 14;
const RETENTION_TEXT = `\`${RETENTION_DAYS_PROTECTED}\` in a protected stage, else \`${RETENTION_DAYS_DEV}\``;

/**
 * The domain of a user pool contains the stage.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html
 */
const RESERVED_BY_COGNITO = /aws|amazon|cognito/;
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const ROLE_NAME = /^(?!\/)(?=.{1,576}$)([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/;

export const STAGE_OPTIONS = {
  stage: optionWithDefault(
    text(
      /^[a-z][a-z0-9-]{0,15}$/,
      'at most 16 lower-case letters, digits and hyphens, of which the first is a lower-case letter',
    ).check(
      z.refine((stage) => !RESERVED_BY_COGNITO.test(stage), {
        error: ({ input }) => `must not contain aws, amazon or cognito, but is "${input}"`,
      }),
    ),
    DEV,
    {
      description:
        'Name of the stage, which is part of the stack names: up to 16 lower-case letters, digits and hyphens, of which the first is a lower-case letter. Every stage except `dev` is protected: its data is kept when its stacks are deleted',
    },
  ),
  settingsFile: option(text(/^\S+$/, 'the path of a file, or none'), {
    description:
      'Path of a JSON file with the settings of the stage; `none` reads no file. The CDK context overrides its settings',
    defaultText: '`config/<stage>.json`, if it exists',
  }),
  orders: optionWithDefault(flag(), true, {
    description:
      '`false`: deploys inventory and reconciliation without orders and payments, for a shop whose own order system calls the service routes ([ADR 51](adr/0051-stage-without-orders.md)). Such a stage has no `paymentProvider`',
  }),
  removalPolicy: option(choice('retain', 'destroy'), {
    description:
      'What happens to the tables and user pools when their stack is deleted: `retain` or `destroy`. A stage that retains them is protected',
    defaultText: '`destroy` in `dev`, else `retain`',
  }),
  deletionProtection: option(flag(), {
    description: '`true`: AWS rejects the deletion of tables and user pools',
    defaultText: '`true` in a protected stage',
  }),
  recoveryDays: optionWithDefault(integer([1, RECOVERY_DAYS_MAX], ' of days'), RECOVERY_DAYS_MAX, {
    description:
      'Days of point-in-time recovery: a table can be restored to any second in this period, 1 to 35',
  }),
  logRetentionDays: option(
    integer([1, LOG_RETENTION_DAYS_MAX], ' of days').check(
      z.refine((days) => LOG_RETENTION_DAYS.includes(days), {
        error: ({ input }) => `must be one of ${LOG_RETENTION_DAYS.join(', ')}, not ${input}`,
      }),
    ),
    {
      description: 'Days for which logs are kept: one of the values that CloudWatch Logs accepts',
      defaultText: RETENTION_TEXT,
    },
  ),
  archiveDays: option(integer([1, ARCHIVE_DAYS_MAX], ' of days'), {
    description: 'Days for which events are archived for a replay, 1 to 3650',
    defaultText: RETENTION_TEXT,
  }),
  breakGlassRole: option(text(ROLE_NAME, 'the name of an IAM role, with its path if it has one'), {
    description:
      'Name, with its path, of the only IAM role other than the functions’ roles that may write the tables ([recovery](runbook/recovery.md)). You can create the role when you need it',
    defaultText: '`stockbook-<stage>-break-glass`',
  }),
};

export type StageOptions = z.output<z.ZodMiniObject<typeof STAGE_OPTIONS>>;

/** Returns whether the data of the stage is kept when its stacks are deleted. */
export const isProtected = ({ stage, removalPolicy }: StageOptions): boolean =>
  removalPolicy === undefined ? stage !== DEV : removalPolicy === 'retain';

/** Returns the options whose defaults depend on the stage. */
export function stageDefaults(options: StageOptions) {
  const isProtectedStage = isProtected(options);
  const retentionDays = isProtectedStage ? RETENTION_DAYS_PROTECTED : RETENTION_DAYS_DEV;
  const { deletionProtection = isProtectedStage } = options;
  return {
    isProtected: isProtectedStage,
    deletionProtection,
    removalPolicy: removalPolicyOf(isProtectedStage, deletionProtection),
    logRetentionDays: options.logRetentionDays ?? retentionDays,
    archiveDays: options.archiveDays ?? retentionDays,
    breakGlassRole: options.breakGlassRole ?? `stockbook-${options.stage}-break-glass`,
  };
}

/**
 * Returns the removal policy of resources that hold data. A first deployment that fails removes
 * what it has created, so that the next attempt leaves no orphans. Resources with deletion
 * protection are kept even then: CloudFormation could not delete them, and its rollback would fail.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
 * (RetainExceptOnCreate)
 */
function removalPolicyOf(isProtected: boolean, deletionProtection: boolean): RemovalPolicy {
  if (!isProtected) return RemovalPolicy.DESTROY;
  return deletionProtection ? RemovalPolicy.RETAIN : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
}
