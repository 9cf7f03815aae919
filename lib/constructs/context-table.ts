import {
  AttributeType,
  Billing,
  type GlobalSecondaryIndexPropsV2,
  StreamViewType,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Warmth } from '../config/capacity.ts';
import type { Config } from '../config.ts';
import { ServiceFunction } from './service-function.ts';

export type ContextTableProps = {
  readonly config: Config;
  readonly indexes?: readonly GlobalSecondaryIndexPropsV2[];
  /** Of the table and of each index. @default new tables grow with their traffic */
  readonly warm?: Warmth | undefined;
};

/**
 * What changes items: transactions and batches need these too, and PartiQL has its own.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 */
const WRITES = [
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:BatchWriteItem',
  'dynamodb:PartiQLInsert',
  'dynamodb:PartiQLUpdate',
  'dynamodb:PartiQLDelete',
];

/** A context's one table: on demand, its changes streamed, with TTL on `ttl` and recovery to any second of so many days. */
export class ContextTable extends TableV2 {
  constructor(scope: Construct, id: string, { config, indexes = [], warm }: ContextTableProps) {
    const warmed = warm === undefined ? {} : { warmThroughput: warm };
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
  }

  /**
   * Denies writes to everybody but the functions of this stack that are granted some, and the break-glass role: a role of the account with
   * broad rights cannot change a count. Called when all grants are made. Roles are named in a condition, not as principals: a
   * condition also holds for a role that does not exist yet. Management of the table stays allowed, else CloudFormation is locked out.
   * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-considerations.html
   */
  denyOtherWriters({ breakGlassRole }: Pick<Config, 'breakGlassRole'>): void {
    const writers = this.stack.node
      .findAll()
      .filter((found) => found instanceof ServiceFunction)
      .filter((found) => found.mayDo(this.tableArn, WRITES));
    const { partition, account } = this.stack;
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'OnlyItsOwnFunctionsWrite',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: WRITES,
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
