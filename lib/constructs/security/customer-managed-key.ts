import { Aws, type CfnResource, type IAspect, RemovalPolicy } from 'aws-cdk-lib';
import { CfnGlobalTable } from 'aws-cdk-lib/aws-dynamodb';
import { CfnArchive, CfnEventBus } from 'aws-cdk-lib/aws-events';
import {
  AnyPrincipal,
  type IPrincipal,
  PolicyStatement,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnTopic } from 'aws-cdk-lib/aws-sns';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct, IConstruct } from 'constructs';
import type { Config } from '../../config.ts';
import { DeadLetterQueue } from '../messaging/dead-letter-queue.ts';

const DATA_KEY_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey'];
const ANY_DATA_KEY_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey*'];
const FROM_THIS_ACCOUNT = { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } };
/** ARN pattern for all resources of a service in this account and region. */
const ownArn = (service: string, resource: string): string =>
  `arn:${Aws.PARTITION}:${service}:${Aws.REGION}:${Aws.ACCOUNT_ID}:${resource}`;

/**
 * KMS key of the account for tables, queues, events, logs and notifications. A principal that may
 * use a table or a queue may use the key through that service, so no function needs a permission
 * for the key. Each other service has the statements that its documentation requires, with the
 * narrowest supported condition. The statements were not tested in an account:
 * docs/runbook/customer-key.md has the commands for that.
 */
export class CustomerManagedKey extends Key {
  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id, {
      description: `Stockbook ${config.stage}: tables, queues, events, logs and notices`,
      enableKeyRotation: true,
      removalPolicy: config.isProtected
        ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
        : RemovalPolicy.DESTROY,
    });
    this.#allowViaService('dynamodb', [
      // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
      'kms:Encrypt',
      'kms:Decrypt',
      'kms:ReEncrypt*',
      'kms:GenerateDataKey*',
      'kms:DescribeKey',
      // For the background work of DynamoDB.
      'kms:CreateGrant',
    ]);
    // Functions send and receive with their roles, Lambda moves failed batches with the same roles,
    // and Scheduler uses its own role.
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    this.#allowViaService('sqs', DATA_KEY_ACTIONS);

    const events = new ServicePrincipal('events.amazonaws.com');
    // DescribeKey has no encryption context.
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html
    this.#allow('EventBridgeDescribesTheKey', events, ['kms:DescribeKey']);
    // The bus and its archive. The requests for an archive have this encryption context, but none
    // of the conditions on a source.
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/encryption-archives.html
    this.#allow('EventBridgeKeepsEvents', events, [...DATA_KEY_ACTIONS, 'kms:ReEncrypt*'], {
      ArnLike: {
        'kms:EncryptionContext:aws:events:event-bus:arn': ownArn('events', 'event-bus/*'),
      },
    });
    // Rules that send events and their dead letters to queues.
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    this.#allow('EventBridgeSendsToQueues', events, DATA_KEY_ACTIONS, FROM_THIS_ACCOUNT);
    // Notifications of drift to the topic. "Adding the aws:SourceAccount, aws:SourceArn, and
    // aws:SourceOrgID to a AWS KMS policy is not supported for EventBridge-to-encrypted topics".
    // The topic's own policy defines which rules may publish.
    // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    this.#allow('EventBridgePublishesNotices', events, ANY_DATA_KEY_ACTIONS, {
      ArnLike: { 'kms:EncryptionContext:aws:sns:topicArn': ownArn('sns', '*') },
    });
    // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    this.#allow(
      'AlarmsPublishNotices',
      new ServicePrincipal('cloudwatch.amazonaws.com'),
      ANY_DATA_KEY_ACTIONS,
      FROM_THIS_ACCOUNT,
    );
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    this.#allow(
      'LogsKeepLines',
      new ServicePrincipal(`logs.${Aws.REGION}.amazonaws.com`),
      ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
      { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': ownArn('logs', 'log-group:*') } },
    );
  }

  /** Allows a service to use the key for a principal of the account. */
  #allowViaService(service: string, actions: readonly string[]): void {
    this.#allow(`Through${service}`, new AnyPrincipal(), actions, {
      StringEquals: {
        'kms:CallerAccount': Aws.ACCOUNT_ID,
        'kms:ViaService': `${service}.${Aws.REGION}.amazonaws.com`,
      },
    });
  }

  #allow(
    sid: string,
    principal: IPrincipal,
    actions: readonly string[],
    conditions: Record<string, unknown> = {},
  ): void {
    this.addToResourcePolicy(
      new PolicyStatement({
        sid,
        principals: [principal],
        actions: [...actions],
        resources: ['*'],
        conditions,
      }),
    );
  }
}

/**
 * Encrypts every resource that holds data with the key, wherever it is created, so that a new queue
 * cannot be forgotten. The only exception is the dead-letter queue of the bus: it receives events
 * when the key cannot be used, and those are already encrypted.
 */
export class EncryptWithKey implements IAspect {
  readonly #key: Key;

  constructor(key: Key) {
    this.#key = key;
  }

  visit(node: IConstruct): void {
    const { keyArn } = this.#key;
    if (node instanceof CfnQueue) {
      const { scope } = node.node;
      if (scope instanceof DeadLetterQueue && scope.kind === 'bus') return;
      node.kmsMasterKeyId = keyArn;
      node.sqsManagedSseEnabled = undefined;
    } else if (node instanceof CfnTopic) node.kmsMasterKeyId = keyArn;
    else if (node instanceof CfnLogGroup) node.kmsKeyId = keyArn;
    else if (node instanceof CfnEventBus || node instanceof CfnArchive)
      node.kmsKeyIdentifier = keyArn;
    else if (node instanceof CfnGlobalTable) {
      node.sseSpecification = { sseEnabled: true, sseType: 'KMS' };
      (node as CfnResource).addPropertyOverride(
        'Replicas.0.SSESpecification.KMSMasterKeyId',
        keyArn,
      );
    }
  }
}
