import {
  type Alarm,
  ComparisonOperator,
  type IMetric,
  type Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

export type Watch = {
  readonly metric: Metric | (IMetric & Pick<Metric, 'createAlarm'>);
  /** What is the matter, and what to do first. */
  readonly says: string;
  /** The page with the rest: a file of docs/runbook, without its ending. */
  readonly page: string;
  /** @default 1 */
  readonly threshold?: number;
  /** @default at or above the threshold */
  readonly comparison?: ComparisonOperator;
  /** How many periods of the metric it must last. @default 1 */
  readonly periods?: number;
  /** @default nothing was measured, so nothing is the matter */
  readonly missing?: TreatMissingData;
};

/** An alarm that tells the topic, in words that say what to do. */
export function watch(scope: Construct, id: string, alarms: ITopic, watched: Watch): Alarm {
  const alarm = watched.metric.createAlarm(scope, id, {
    alarmDescription: `${watched.says} docs/runbook/${watched.page}.md says what to do.`,
    threshold: watched.threshold ?? 1,
    evaluationPeriods: watched.periods ?? 1,
    comparisonOperator: watched.comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: watched.missing ?? TreatMissingData.NOT_BREACHING,
  });
  alarm.addAlarmAction(new SnsAction(alarms));
  return alarm;
}
