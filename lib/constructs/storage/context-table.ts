import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import {
  AttributeType,
  Billing,
  type GlobalSecondaryIndexPropsV2,
  StreamViewType,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { WarmThroughput } from '../../config/capacity.ts';
import type { Config } from '../../config.ts';
import type { ServiceFunction } from '../compute/service-function.ts';
import type { Alarms } from '../monitoring/alarms.ts';

export type ContextTableProps = {
  readonly config: Config;
  readonly alarms: Alarms;
  readonly indexes?: readonly GlobalSecondaryIndexPropsV2[];
  /**
   * Warm throughput of the table and of each index. @default none: the table grows with its traffic
   */
  readonly warmThroughput?: WarmThroughput | undefined;
};

const FIVE_MINUTES = Duration.minutes(5);
/** Throttled requests within five minutes that raise the alarm. The SDK's retries hide fewer. */
export const THROTTLES_MAX = 10;

/**
 * Actions that change items. Transactions and batches need these too, and PartiQL has its own.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 */
const WRITE_ACTIONS = [
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:BatchWriteItem',
  'dynamodb:PartiQLInsert',
  'dynamodb:PartiQLUpdate',
  'dynamodb:PartiQLDelete',
];

/**
 * The table of a context: on-demand capacity, a stream of its changes, TTL on `ttl`, and recovery
 * to any second of the last `recoveryDays` days.
 */
export class ContextTable extends TableV2 {
  constructor(
    scope: Construct,
    id: string,
    { config, alarms, indexes = [], warmThroughput }: ContextTableProps,
  ) {
    const warmed = warmThroughput === undefined ? {} : { warmThroughput };
    super(scope, id, {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      globalSecondaryIndexes: indexes.map((index) => ({ ...index, ...warmed })),
      ...warmed,
      billing: Billing.onDemand(),
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: 'ttl',
      pointInTimeRecoverySpecification: {
        pointInTimeRecoveryEnabled: true,
        recoveryPeriodInDays: config.recoveryDays,
      },
      deletionProtection: config.deletionProtection,
      removalPolicy: config.removalPolicy,
    });
    this.#addThrottleAlarm(
      alarms,
      indexes.map(({ indexName }) => indexName),
    );
  }

  /** Returns a metric of the table or of one of its indexes. AWS counts them separately. */
  metricOf(metricName: string, indexName?: string): Metric {
    return new Metric({
      namespace: 'AWS/DynamoDB',
      metricName,
      dimensionsMap: {
        TableName: this.tableName,
        ...(indexName === undefined ? {} : { GlobalSecondaryIndexName: indexName }),
      },
      period: FIVE_MINUTES,
      statistic: 'Sum',
    });
  }

  /**
   * An index that is throttled also throttles the writes of its table, and only its own metric
   * shows the cause.
   */
  #addThrottleAlarm(alarms: Alarms, indexes: readonly string[]): void {
    const metrics = Object.fromEntries(
      [undefined, ...indexes].flatMap((index) => [
        [`${index ?? 'table'}Reads`, this.metricOf('ReadThrottleEvents', index)],
        [`${index ?? 'table'}Writes`, this.metricOf('WriteThrottleEvents', index)],
      ]),
    );
    alarms.createAlarm(this.node.scope ?? this, `${this.node.id}Throttled`, {
      metric: new MathExpression({
        expression: Object.keys(metrics)
          .map((name) => `FILL(${name}, 0)`)
          .join(' + '),
        usingMetrics: metrics,
        label: 'throttled requests',
        period: FIVE_MINUTES,
      }),
      level: 'full',
      description: `DynamoDB throttled requests to the table ${this.node.id} or one of its indexes.`,
      runbook: 'THROTTLES',
      threshold: THROTTLES_MAX,
    });
  }

  /**
   * Denies writes to all principals except the break-glass role and the functions of the context
   * with a write permission, so that an account role with broad permissions cannot change a count.
   * Call this after all grants. Roles are named in a condition, not as principals, because a
   * condition also applies to a role that does not exist yet. Management of the table stays
   * allowed: otherwise CloudFormation would be locked out.
   * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-considerations.html
   */
  denyOtherWriters(
    functions: readonly ServiceFunction[],
    { breakGlassRole }: Pick<Config, 'breakGlassRole'>,
  ): void {
    const writers = functions.filter((one) => one.canPerformAny(this.tableArn, WRITE_ACTIONS));
    const { partition, account } = this.stack;
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'DenyOtherWriters',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: WRITE_ACTIONS,
        resources: ['*'],
        conditions: {
          ArnNotEquals: {
            'aws:PrincipalArn': [
              ...writers.map(({ roleArn }) => roleArn),
              `arn:${partition}:iam::${account}:role/${breakGlassRole}`,
            ],
          },
        },
      }),
    );
  }
}
