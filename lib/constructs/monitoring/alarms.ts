import {
  ComparisonOperator,
  type IMetric,
  type Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Monitoring } from '../../config/monitoring.ts';

/**
 * `essential`: customers, orders or money are harmed, or will be soon. `full`: the service is slow,
 * or more traffic would cause harm.
 */
export type AlarmLevel = 'essential' | 'full';

export type AlarmProps = {
  readonly metric: Metric | (IMetric & Pick<Metric, 'createAlarm'>);
  readonly level: AlarmLevel;
  /** Description of the problem, and the first thing to do. */
  readonly description: string;
  /** Page of the runbook: the name of a file in docs/runbook, without its extension. */
  readonly runbook: string;
  /** @default 1 */
  readonly threshold?: number;
  /** @default at or above the threshold */
  readonly comparisonOperator?: ComparisonOperator;
  /** Number of periods of the metric that are evaluated. @default 1 */
  readonly evaluationPeriods?: number;
  /** Number of these that must breach. @default all of them */
  readonly datapointsToAlarm?: number;
  /** @default a period without data does not breach */
  readonly treatMissingData?: TreatMissingData;
};

/**
 * Creates the alarms of a stage, depending on its monitoring level, and connects them to the topic.
 */
export class Alarms {
  readonly topic: ITopic;
  readonly #monitoring: Monitoring;

  constructor(topic: ITopic, monitoring: Monitoring) {
    this.topic = topic;
    this.#monitoring = monitoring;
  }

  /**
   * Creates an alarm that notifies the topic. Its description states what to do. Creates nothing if
   * the stage has no alarms of its level.
   */
  createAlarm(scope: Construct, id: string, watched: AlarmProps): void {
    if (!this.#includes(watched.level)) return;
    const alarm = watched.metric.createAlarm(scope, id, {
      alarmDescription: `${watched.description} See docs/runbook/${watched.runbook}.md.`,
      threshold: watched.threshold ?? 1,
      evaluationPeriods: watched.evaluationPeriods ?? 1,
      ...(watched.datapointsToAlarm === undefined
        ? {}
        : { datapointsToAlarm: watched.datapointsToAlarm }),
      comparisonOperator:
        watched.comparisonOperator ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: watched.treatMissingData ?? TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
  }

  #includes(level: AlarmLevel): boolean {
    return this.#monitoring === 'full' || this.#monitoring === level;
  }
}
