import { Duration } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { type EventBus, EventField, type IEventBus, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { RECONCILIATION_SOURCE } from '../../lambdas/contracts/events.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';

export type ReconciliationAlarmsProps = {
  readonly stage: string;
  readonly bus: EventBus;
  readonly alarms: ITopic;
};

const NAMESPACE = 'Stockbook';
const HOUR = Duration.hours(1);
/** A night, and two hours for the run itself. */
const HOURS_WITHOUT_RUN_MAX = 26;

/** Who is told of drift: each finding by its own words, and what stands open or was not looked for by an alarm. */
export class ReconciliationAlarms extends Construct {
  constructor(scope: Construct, id: string, { stage, bus, alarms }: ReconciliationAlarmsProps) {
    super(scope, id);
    const undelivered = new DeadLetterQueue(this, 'Untold', { alarms, holds: 'Notices of DriftDetected' });
    const of = (field: string) => EventField.fromPath(`$.detail.data.${field}`);
    new Rule(this, 'DriftDetected', {
      // The CDK's classes say `string | undefined` where its interfaces say `string?`.
      eventBus: bus as IEventBus,
      eventPattern: { source: [RECONCILIATION_SOURCE], detailType: ['DriftDetected'] },
      targets: [
        new SnsTopic(alarms, {
          deadLetterQueue: undelivered,
          message: RuleTargetInput.fromText(
            `Stockbook ${stage}: ${of('kind')} ${of('subject')}\n${of('explanation')}\nfinding ${of('findingId')}; docs/runbook/${of('kind')}.md says what to do.`,
          ),
        }),
      ],
    });

    const metric = (metricName: string, statistic: string) =>
      new Metric({
        namespace: NAMESPACE,
        metricName,
        dimensionsMap: { Stage: stage },
        period: HOUR,
        statistic,
      });
    const tell = (alarm: Alarm) => alarm.addAlarmAction(new SnsAction(alarms));
    tell(
      metric('FindingsOpen', 'Maximum').createAlarm(this, 'FindingsOpenAlarm', {
        alarmDescription:
          'Findings of the reconciler wait for a person: GET /findings, then the page of each kind in docs/runbook.',
        threshold: 1,
        evaluationPeriods: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      }),
    );
    tell(
      metric('ReconciliationsFailed', 'Sum').createAlarm(this, 'ReconciliationFailedAlarm', {
        alarmDescription: 'A reconciliation was given up: see docs/runbook/reconciliation-failed.md.',
        threshold: 1,
        evaluationPeriods: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      }),
    );
    tell(
      metric('ReconciliationsCompleted', 'Sum').createAlarm(this, 'NoReconciliationAlarm', {
        alarmDescription: `No reconciliation has finished within ${HOURS_WITHOUT_RUN_MAX} hours: see docs/runbook/reconciliation-failed.md.`,
        threshold: 1,
        evaluationPeriods: HOURS_WITHOUT_RUN_MAX,
        comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
        treatMissingData: TreatMissingData.BREACHING,
      }),
    );
  }
}
