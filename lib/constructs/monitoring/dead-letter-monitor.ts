import { Duration } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { Config } from '../../config.ts';
import { FunctionSchedule } from '../compute/function-schedule.ts';
import type { ServiceFunction } from '../compute/service-function.ts';
import type { DeadLetterQueue } from '../messaging/dead-letter-queue.ts';
import type { Alarms } from './alarms.ts';
import { customMetric } from './custom-metric.ts';

export type DeadLetterMonitorProps = {
  readonly config: Pick<Config, 'stage' | 'monitoring'>;
  readonly alarms: Alarms;
  /**
   * Counts the messages of all dead-letter queues. The environment of the function names the
   * queues, and is set when all of them exist.
   */
  readonly counter: ServiceFunction;
};

const COUNT_INTERVAL = Duration.minutes(5);
/**
 * A run may be up to a minute late, so a period may have no count. One of two periods is enough to
 * keep the alarm.
 */
const EVALUATION_PERIODS = 2;
/** Lambda invokes the function three times for a run before it stops. */
const ERRORS_MAX = 3;

/**
 * Detects a dead letter within minutes, with one metric for all queues. One alarm per queue would
 * cost 0.10 USD a month each, and the metric of an inactive queue shows its first message up to 15
 * minutes late. Counting the messages keeps a queue active.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-monitoring-using-cloudwatch.html
 */
export class DeadLetterMonitor extends Construct {
  readonly deadLetterQueue: DeadLetterQueue;

  constructor(scope: Construct, id: string, { config, alarms, counter }: DeadLetterMonitorProps) {
    super(scope, id);
    // The schedule exists at every level of monitoring, so that the exports of stacks do not depend
    // on it (docs/adr/0034).
    const { deadLetterQueue } = new FunctionSchedule(this, 'CountSchedule', {
      expression: ScheduleExpression.rate(COUNT_INTERVAL),
      description: 'Count of dead letters',
      target: counter,
      isEnabled: config.monitoring !== 'none',
    });
    this.deadLetterQueue = deadLetterQueue;
    alarms.createAlarm(this, 'Waiting', {
      metric: customMetric(config.stage, 'DeadLetters', 'Maximum', COUNT_INTERVAL),
      level: 'essential',
      description:
        'At least one message is in a dead-letter queue. List them with: npm run stockbook -- dead-letters list.',
      runbook: 'DEAD_LETTERS',
      evaluationPeriods: EVALUATION_PERIODS,
      datapointsToAlarm: 1,
    });
    alarms.createAlarm(this, 'CountFailing', {
      metric: counter.metricErrors({ period: Duration.minutes(15), statistic: 'Sum' }),
      level: 'essential',
      description: 'The count of dead letters fails, so new dead letters raise no alarm.',
      runbook: 'DEAD_LETTERS',
      threshold: ERRORS_MAX,
    });
  }
}
