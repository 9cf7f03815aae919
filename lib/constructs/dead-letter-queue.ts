import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

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
    this.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: 'Maximum' })
      .createAlarm(scope, `${id}Alarm`, {
        alarmDescription: `${holds} could not be handled and wait in a dead letter queue. Find out why, then redrive them.`,
        threshold: 1,
        evaluationPeriods: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      })
      .addAlarmAction(new SnsAction(alarms));
  }
}
