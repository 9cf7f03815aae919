import { Duration, type Stack } from 'aws-cdk-lib';
import { Alarm, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { type EventBus, EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';

type Watched = {
  readonly bus: EventBus;
  readonly fail: LambdaFunction;
  readonly machine: StateMachine;
};

const HOUR = { period: Duration.hours(1), statistic: 'Sum' };

/** Adds a topic with rules that notify it, and alarms. */
export function addAlerts(stack: Stack, { bus, fail, machine }: Watched): void {
  const topic = new Topic(stack, 'Notices');
  new Rule(stack, 'Notice', {
    eventBus: bus,
    eventPattern: { source: ['fixture'], detailType: ['Noticed'] },
    targets: [
      new SnsTopic(topic, {
        message: RuleTargetInput.fromText(
          `Thing ${EventField.fromPath('$.detail.id')}.\nSee docs/runbook/THING.md.`,
        ),
      }),
    ],
  });
  new Rule(stack, 'Whole', {
    eventBus: bus,
    eventPattern: { source: ['fixture'], detailType: ['NoticedWhole'] },
    targets: [new SnsTopic(topic)],
  });
  const addAlarm = (id: string, metric: Metric, threshold = 1) =>
    new Alarm(stack, id, {
      metric,
      threshold,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `${id}. See docs/runbook/THING.md.`,
    });
  addAlarm('Failing', fail.metricErrors(HOUR), 2);
  addAlarm('MachineFailed', machine.metricFailed(HOUR));
  addAlarm('Measured', new Metric({ ...HOUR, namespace: 'Fixture', metricName: 'Measured' }), 3);
  addAlarm('Lasting', fail.metricDuration(HOUR));
}
