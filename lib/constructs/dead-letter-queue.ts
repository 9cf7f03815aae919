import { Duration, Stack, Validations } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { DeadLetterKind } from '../../lambdas/contracts/dead-letters-api.ts';
import type { ServiceFunction } from './service-function.ts';
import { watch } from './watch.ts';

/** The longest that SQS keeps a message: a person has two weeks. */
export const DLQ_RETENTION = Duration.days(14);

/** Where messages are sent again: the queue that gave them up, or the function where there was none; and who has failed on them. */
export type DeadLetterTarget = {
  readonly queue?: Queue;
  readonly consumer: ServiceFunction;
};

export type DeadLetterQueueProps = {
  readonly alarms: ITopic;
  readonly kind: DeadLetterKind;
  /** What its messages are, in words. */
  readonly holds: string;
};

/** A queue for what could not be handled. Its first message raises an alarm. */
export class DeadLetterQueue extends Queue {
  /** What operators call it: `<context>-<construct>-<Failed or Undelivered>`. */
  readonly id: string;
  readonly kind: DeadLetterKind;
  readonly holds: string;
  /** Set by whoever uses the queue; a notice has none. */
  target: DeadLetterTarget | undefined;

  constructor(scope: Construct, id: string, { alarms, kind, holds }: DeadLetterQueueProps) {
    super(scope, id, {
      retentionPeriod: DLQ_RETENTION,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    const context = Stack.of(this).node.id.split('-').at(-1);
    this.id = [context, ...this.node.path.split('/').slice(1)].join('-');
    this.kind = kind;
    this.holds = holds;
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is the dead letter queue of a rule, a schedule, a stream or another queue.',
    });
    watch(scope, `${id}Alarm`, alarms, {
      metric: this.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(1),
        statistic: 'Maximum',
      }),
      says: `${holds} could not be handled and wait in a dead letter queue: npm run dlq -- explain ${this.id}.`,
      page: 'DEAD_LETTERS',
    });
  }
}
