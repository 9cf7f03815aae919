import { Aws, type CfnResource, type IAspect } from 'aws-cdk-lib';
import { CfnGlobalTable } from 'aws-cdk-lib/aws-dynamodb';
import { CfnArchive, CfnEventBus } from 'aws-cdk-lib/aws-events';
import { AnyPrincipal, type IPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnTopic } from 'aws-cdk-lib/aws-sns';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct, IConstruct } from 'constructs';
import type { Config } from '../config.ts';

const USE = [
  'kms:Encrypt',
  'kms:Decrypt',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:DescribeKey',
];
/** DynamoDB keeps a grant of its own for what it does in the background. */
const GRANT = 'kms:CreateGrant';

/**
 * A key of the account's own for all that is kept. Whoever may use a table or a queue may use the key through that service, as with the
 * keys that AWS manages; so no function needs a right to the key.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
export class CustomerKey extends Key {
  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id, {
      description: `Stockbook ${config.stage}: tables, queues, events and logs`,
      enableKeyRotation: true,
      removalPolicy: config.removalPolicy,
    });
    const allow = (principal: IPrincipal, actions: readonly string[], conditions: Record<string, unknown>) =>
      this.addToResourcePolicy(
        new PolicyStatement({ principals: [principal], actions: [...actions], resources: ['*'], conditions }),
      );
    for (const service of ['dynamodb', 'sqs', 'sns'])
      allow(new AnyPrincipal(), [...USE, GRANT], {
        StringEquals: {
          'kms:CallerAccount': Aws.ACCOUNT_ID,
          'kms:ViaService': `${service}.${Aws.REGION}.amazonaws.com`,
        },
      });
    for (const service of ['events', 'cloudwatch', 'scheduler', 'sns'])
      allow(new ServicePrincipal(`${service}.amazonaws.com`), USE, {
        StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
      });
    allow(new ServicePrincipal(`logs.${Aws.REGION}.amazonaws.com`), USE, {
      ArnLike: {
        'kms:EncryptionContext:aws:logs:arn': `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group:*`,
      },
    });
  }
}

/** Encrypts with the key whatever keeps anything, wherever it is made: a new queue cannot be forgotten. */
export class EncryptedBy implements IAspect {
  readonly #key: Key;

  constructor(key: Key) {
    this.#key = key;
  }

  visit(node: IConstruct): void {
    const { keyArn } = this.#key;
    if (node instanceof CfnQueue) {
      node.kmsMasterKeyId = keyArn;
      node.sqsManagedSseEnabled = undefined;
    } else if (node instanceof CfnTopic) node.kmsMasterKeyId = keyArn;
    else if (node instanceof CfnLogGroup) node.kmsKeyId = keyArn;
    else if (node instanceof CfnEventBus || node instanceof CfnArchive) node.kmsKeyIdentifier = keyArn;
    else if (node instanceof CfnGlobalTable) {
      node.sseSpecification = { sseEnabled: true, sseType: 'KMS' };
      (node as CfnResource).addPropertyOverride('Replicas.0.SSESpecification.KMSMasterKeyId', keyArn);
    }
  }
}
