import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { type EventBus, EventField, type IEventBus, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { RECONCILIATION_SOURCE } from '../../lambdas/contracts/events.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { watch } from './watch.ts';

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
    const undelivered = new DeadLetterQueue(this, 'Untold', {
      alarms,
      kind: 'notice',
      holds: 'Notices of DriftDetected',
    });
    // The values stand inside a JSON string unescaped: the event has none that could end it (reconciliation/domain/events.ts).
    const of = (field: string) => EventField.fromPath(`$.detail.data.${field}`);
    new Rule(this, 'DriftDetected', {
      // The CDK's classes say `string | undefined` where its interfaces say `string?`.
      eventBus: bus as IEventBus,
      eventPattern: { source: [RECONCILIATION_SOURCE], detailType: ['DriftDetected'] },
      targets: [
        // As a topic of another stack, whose policy the target does not extend: SharedStack says which rules may publish.
        new SnsTopic(Topic.fromTopicArn(this, 'Topic', alarms.topicArn), {
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
    watch(this, 'FindingsOpenAlarm', alarms, {
      metric: metric('FindingsOpen', 'Maximum'),
      says: 'Findings of the reconciler wait for a person: GET /findings.',
      page: 'FINDINGS_OPEN',
    });
    watch(this, 'ReconciliationFailedAlarm', alarms, {
      metric: metric('ReconciliationsFailed', 'Sum'),
      says: 'A reconciliation was given up.',
      page: 'reconciliation-failed',
    });
    watch(this, 'NoReconciliationAlarm', alarms, {
      metric: metric('ReconciliationsCompleted', 'Sum'),
      says: `No reconciliation has finished within ${HOURS_WITHOUT_RUN_MAX} hours.`,
      page: 'reconciliation-failed',
      periods: HOURS_WITHOUT_RUN_MAX,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      missing: TreatMissingData.BREACHING,
    });
  }
}
