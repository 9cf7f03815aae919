import { Duration } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { Config } from '../../config.ts';
import { FunctionSchedule } from '../compute/function-schedule.ts';
import type { ServiceFunction } from '../compute/service-function.ts';
import type { Alarms } from './alarms.ts';
import { ownMetric } from './own-metric.ts';

export type DeadLetterWatchProps = {
  readonly config: Pick<Config, 'stage' | 'monitoring'>;
  readonly alarms: Alarms;
  /** Counts the messages of all dead letter queues. Its environment names the queues, and is set when all of them exist. */
  readonly watcher: ServiceFunction;
};

const EVERY = Duration.minutes(5);
/** A run is up to a minute late, so one period may have no count: one of two is enough to stay in alarm. */
const PERIODS = 2;
/** Lambda invokes it three times before it gives a run up. */
const ERRORS_MAX = 3;

/**
 * Notices a dead letter within minutes, by one metric of all queues. An alarm for each queue would cost 0.10 USD a month each, and an
 * inactive queue shows its first message up to 15 minutes late. Counting the messages keeps a queue active.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-monitoring-using-cloudwatch.html
 */
export class DeadLetterWatch extends Construct {
  readonly watcher: ServiceFunction;

  constructor(scope: Construct, id: string, { config, alarms, watcher }: DeadLetterWatchProps) {
    super(scope, id);
    this.watcher = watcher;
    // The schedule exists with every level of monitoring: what stacks export does not depend on it (docs/adr/0034).
    new FunctionSchedule(this, 'Often', {
      expression: ScheduleExpression.rate(EVERY),
      description: 'A count of dead letters',
      target: watcher,
      isEnabled: config.monitoring !== 'none',
    });
    alarms.watch(this, 'Waiting', {
      metric: ownMetric(config.stage, 'DeadLetters', 'Maximum', EVERY),
      level: 'essential',
      says: 'Messages could not be handled and wait in a dead letter queue: npm run dlq -- list names it.',
      page: 'DEAD_LETTERS',
      periods: PERIODS,
      breaches: 1,
    });
    alarms.watch(this, 'NotCounted', {
      metric: watcher.metricErrors({ period: Duration.minutes(15), statistic: 'Sum' }),
      level: 'essential',
      says: 'Dead letters cannot be counted: a new one would go unnoticed.',
      page: 'DEAD_LETTERS',
      threshold: ERRORS_MAX,
    });
  }
}
