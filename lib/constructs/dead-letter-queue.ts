import { Duration, Validations } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { watch } from './watch.ts';

/** The longest that SQS keeps a message: a person has two weeks. */
export const DLQ_RETENTION = Duration.days(14);

/** A queue for what could not be handled. Its first message raises an alarm. */
export class DeadLetterQueue extends Queue {
  /** What its messages are, in words. */
  readonly holds: string;

  constructor(
    scope: Construct,
    id: string,
    { alarms, holds }: { readonly alarms: ITopic; readonly holds: string },
  ) {
    super(scope, id, {
      retentionPeriod: DLQ_RETENTION,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
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
      says: `${holds} could not be handled and wait in a dead letter queue.`,
      page: 'DEAD_LETTERS',
    });
  }
}
