import { Duration } from 'aws-cdk-lib';
import {
  type EventBus,
  EventField,
  type IEventBus,
  Rule,
  RuleTargetInput,
} from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { RECONCILIATION_SOURCE } from '../../../lambdas/contracts/events.ts';
import type { Config } from '../../config.ts';
import { longestGapSeconds } from '../../schedule-expression.ts';
import { asInterface } from '../as-interface.ts';
import { DeadLetterQueue } from '../messaging/dead-letter-queue.ts';
import type { Alarms } from './alarms.ts';
import { customMetric } from './custom-metric.ts';

export type ReconciliationAlarmsProps = {
  readonly config: Pick<Config, 'stage' | 'reconcileSchedule' | 'reconcileTimezone'>;
  readonly bus: EventBus;
  readonly alarms: Alarms;
};

const HOUR = Duration.hours(1);
const SECONDS_PER_HOUR = 3_600;
/**
 * Time that a run may take before it counts as missing. A run of more than 20 hours fails, which
 * has its own alarm.
 */
const RUN_SECONDS_MAX = 6 * SECONDS_PER_HOUR;

/**
 * Notifications and alarms of drift. Each finding is notified with its own text. Alarms report
 * findings that stay open, failed runs and missing runs. The hourly check writes their metrics. It
 * writes no age for a stage that has never run, so a new stage raises no alarm.
 */
export class ReconciliationAlarms extends Construct {
  readonly deadLetterQueue: DeadLetterQueue;

  constructor(scope: Construct, id: string, { config, bus, alarms }: ReconciliationAlarmsProps) {
    super(scope, id);
    const { stage } = config;
    const undelivered = new DeadLetterQueue(this, 'Undelivered', {
      kind: 'notification',
      contents: 'Notifications of DriftDetected',
    });
    this.deadLetterQueue = undelivered;
    // The values are inserted into a JSON string without escaping. The event contains no character
    // that could end the string (reconciliation/domain/events.ts).
    const of = (field: string) => EventField.fromPath(`$.detail.data.${field}`);
    new Rule(this, 'DriftDetected', {
      eventBus: asInterface<IEventBus>(bus),
      eventPattern: { source: [RECONCILIATION_SOURCE], detailType: ['DriftDetected'] },
      targets: [
        // The topic is in another stack, so the target does not extend its policy. SharedStack
        // defines which rules may publish.
        new SnsTopic(Topic.fromTopicArn(this, 'Topic', alarms.topic.topicArn), {
          deadLetterQueue: undelivered,
          message: RuleTargetInput.fromText(
            `Stockbook ${stage}: ${of('kind')} ${of('subject')}\n${of('explanation')}\nFinding ${of('findingId')}. See docs/runbook/${of('kind')}.md.`,
          ),
        }),
      ],
    });

    alarms.createAlarm(this, 'FindingsOpen', {
      metric: customMetric(stage, 'FindingsOpen', 'Maximum', HOUR),
      level: 'essential',
      description: 'Reconciliation findings are open. List them with GET /findings.',
      runbook: 'FINDINGS_OPEN',
    });
    alarms.createAlarm(this, 'ReconciliationFailed', {
      metric: customMetric(stage, 'ReconciliationsFailed', 'Sum', HOUR),
      level: 'essential',
      description: 'A reconciliation run failed.',
      runbook: 'reconciliation-failed',
    });
    const gapSeconds = longestGapSeconds(config.reconcileSchedule, config.reconcileTimezone);
    if (gapSeconds === undefined)
      throw new Error(`The schedule ${config.reconcileSchedule} must run more than once.`);
    const seconds = gapSeconds + RUN_SECONDS_MAX;
    alarms.createAlarm(this, 'ReconciliationMissing', {
      metric: customMetric(stage, 'LastReconciliationAge', 'Maximum', HOUR),
      level: 'essential',
      description: `No reconciliation has completed within ${Math.round(seconds / SECONDS_PER_HOUR)} hours.`,
      runbook: 'reconciliation-failed',
      threshold: seconds,
    });
  }
}
