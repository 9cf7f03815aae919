import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { DeadLetterKind } from '../../../lambdas/contracts/api/dead-letters.ts';
import type { ServiceFunction } from '../compute/service-function.ts';

/** Maximum retention of SQS: operators have two weeks. */
export const DLQ_RETENTION = Duration.days(14);

/**
 * Target of a redrive: the source queue, or the function if there was none; and the consumer that
 * failed.
 */
export type RedriveTarget = {
  readonly queue?: Queue;
  readonly consumer: ServiceFunction;
};

export type DeadLetterQueueProps = {
  readonly kind: DeadLetterKind;
  /** Description of its messages. */
  readonly contents: string;
};

/**
 * Queue of messages that could not be handled. `watch-dead-letters` counts the messages of all such
 * queues, and one alarm monitors the sum.
 */
export class DeadLetterQueue extends Queue {
  /** Id for operators: `<context>-<construct>-<Failed or Undelivered>`. */
  readonly queueId: string;
  readonly kind: DeadLetterKind;
  readonly contents: string;
  /** Set by the construct that uses the queue; notifications have none. */
  redriveTarget: RedriveTarget | undefined;

  constructor(scope: Construct, id: string, { kind, contents }: DeadLetterQueueProps) {
    super(scope, id, {
      retentionPeriod: DLQ_RETENTION,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    const context = Stack.of(this).node.id.split('-').at(-1);
    this.queueId = [context, ...this.node.path.split('/').slice(1)].join('-');
    this.kind = kind;
    this.contents = contents;
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason:
        'This queue is the dead-letter queue of a rule, a schedule, a stream or another queue.',
    });
  }
}
