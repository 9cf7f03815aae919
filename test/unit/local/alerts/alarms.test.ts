import { describe, expect, test } from 'vitest';
import { readAlarms } from '../../../../local/alerts/alarm-definitions.ts';
import { observeAlarms } from '../../../../local/alerts/alarm-observer.ts';
import { type Alert, createAlert, formatAlert } from '../../../../local/alerts/alert.ts';
import type { Template } from '../../../../local/cloud-assembly/cloud-assembly.ts';
import { createResourceNames } from '../../../../local/cloud-assembly/resource-names.ts';
import { loadResources } from '../../../../local/cloud-assembly/resources.ts';

const METRIC = {
  Namespace: 'Stockbook',
  MetricName: 'OrderNeedsAttention',
  Dimensions: [{ Name: 'Stage', Value: 'dev' }],
  Statistic: 'Sum',
  Period: 300,
};
const alarm = (over: object) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    ...METRIC,
    AlarmDescription: 'An order waits. See docs/runbook/ORDER_NEEDS_ATTENTION.md.',
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    EvaluationPeriods: 1,
    Threshold: 1,
    TreatMissingData: 'notBreaching',
    ...over,
  },
});
const alarmsOf = (Resources: NonNullable<Template['Resources']>) => {
  const stacks = [{ name: 'operations', template: { Resources }, assets: new Map() }];
  const names = createResourceNames(stacks, { api: 'http://api', sqs: 'http://sqs' });
  return readAlarms(loadResources(stacks, names));
};
const metric = {
  namespace: 'Stockbook',
  name: 'OrderNeedsAttention',
  dimensions: { Stage: 'dev' },
};
const errors = (...dimensions: string[]) => ({
  Namespace: 'AWS/Lambda',
  MetricName: 'Errors',
  Dimensions: dimensions.map((Name) => ({ Name, Value: 'fn' })),
});

describe('alarms of the templates', () => {
  test('an alarm of one recorded metric is evaluated with its own settings', () => {
    const { evaluated, unevaluated } = alarmsOf({
      Attention5620C2AB: alarm({ EvaluationPeriods: 3, DatapointsToAlarm: 2 }),
    });

    expect(unevaluated).toEqual([]);
    expect(evaluated).toEqual([
      {
        title: 'Attention',
        text: 'An order waits. See docs/runbook/ORDER_NEEDS_ATTENTION.md.',
        metricKey: expect.any(String),
        settings: {
          periodSeconds: 300,
          statistic: 'Sum',
          threshold: 1,
          includesThreshold: true,
          evaluationPeriods: 3,
          datapointsToAlarm: 2,
        },
      },
    ]);
  });

  const math = { Namespace: undefined, MetricName: undefined, Metrics: [{}] };
  test.each([
    [math, 'metric math is not computed'],
    [{ Statistic: undefined, ExtendedStatistic: 'p99' }, 'the statistic p99 is not computed'],
    [{ Statistic: 'Average' }, 'the statistic Average is not computed'],
    [
      { ComparisonOperator: 'LessThanThreshold' },
      'LessThanThreshold needs periods that have ended',
    ],
    [
      { TreatMissingData: 'breaching' },
      'only alarms for which missing data does not breach are evaluated',
    ],
    [
      { Namespace: 'AWS/SQS', MetricName: 'ApproximateAgeOfOldestMessage' },
      'the metric AWS/SQS ApproximateAgeOfOldestMessage is not recorded by Stage',
    ],
    [
      errors('FunctionName', 'Resource'),
      'the metric AWS/Lambda Errors is not recorded by FunctionName, Resource',
    ],
    [errors(), 'the metric AWS/Lambda Errors is not recorded by no dimension'],
  ])('%o is not evaluated, with the reason', (over, reason) => {
    const { evaluated, unevaluated } = alarmsOf({ Other: alarm(over) });

    expect(evaluated).toEqual([]);
    expect(unevaluated).toEqual([{ stack: 'operations', title: 'Other', reason }]);
  });

  test('an alarm of a metric filter is not evaluated', () => {
    const { unevaluated } = alarmsOf({
      Filter: {
        Type: 'AWS::Logs::MetricFilter',
        Properties: {
          MetricTransformations: [
            { MetricNamespace: METRIC.Namespace, MetricName: METRIC.MetricName, MetricValue: '1' },
          ],
        },
      },
      Filtered: alarm({}),
    });

    expect(unevaluated).toEqual([
      { stack: 'operations', title: 'Filtered', reason: 'metric filters of logs do not run' },
    ]);
  });
});

describe('observations', () => {
  function observe(over: object) {
    const raised: Alert[] = [];
    const { evaluated } = alarmsOf({ Watched: alarm(over) });
    return { raised, observer: observeAlarms(evaluated, (alert) => raised.push(alert)) };
  }

  test('a metric of a log raises the alert of its alarm, with the page of the runbook', () => {
    const { raised, observer } = observe({});

    observer({ kind: 'metric', ...metric, value: 1, at: Date.now() });

    expect(raised).toEqual([
      {
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        kind: 'alarm',
        title: 'Watched',
        text: 'An order waits. See docs/runbook/ORDER_NEEDS_ATTENTION.md.',
        runbook: 'docs/runbook/ORDER_NEEDS_ATTENTION.md',
      },
    ]);
  });

  test('a metric of another stage raises none', () => {
    const { raised, observer } = observe({});

    observer({
      kind: 'metric',
      ...metric,
      dimensions: { Stage: 'test' },
      value: 1,
      at: Date.now(),
    });

    expect(raised).toEqual([]);
  });

  test('a failed invocation is an error of its function', () => {
    const { raised, observer } = observe(errors('FunctionName'));
    const invocation = { kind: 'invocation', by: 'route', records: 1, milliseconds: 1 } as const;

    observer({ ...invocation, functionName: 'fn', isOk: true });
    observer({ ...invocation, functionName: 'other', isOk: false });
    expect(raised).toEqual([]);
    observer({ ...invocation, functionName: 'fn', isOk: false });

    expect(raised).toHaveLength(1);
  });

  test.each([
    ['FAILED', 'ExecutionsFailed'],
    ['TIMED_OUT', 'ExecutionsTimedOut'],
  ] as const)('an execution that ends as %s counts as %s', (status, MetricName) => {
    const arn = 'arn:aws:states:us-east-1:000000000000:stateMachine:saga';
    const { raised, observer } = observe({
      Namespace: 'AWS/States',
      MetricName,
      Dimensions: [{ Name: 'StateMachineArn', Value: arn }],
    });

    observer({ kind: 'failedExecution', machineName: 'saga', status });

    expect(raised).toHaveLength(1);
  });
});

describe('the printed alert', () => {
  test('has its title and time, its text and its page', () => {
    const text = 'Difference\nFinding fnd_1. See docs/runbook/COUNT_DIFFERS.md.';

    const lines = formatAlert(createAlert('event', 'DriftDetected', text)).split('\n');

    expect(lines[0]).toMatch(/^ALERT DriftDetected, \d\d:\d\d:\d\d \S+$/);
    expect(lines.slice(1)).toEqual([
      '   Difference',
      '   Finding fnd_1.',
      '   See docs/runbook/COUNT_DIFFERS.md',
    ]);
  });

  test('has no page when its text names none', () => {
    const alert = createAlert('alarm', 'Other', 'Too many.');

    expect(alert).not.toHaveProperty('runbook');
    expect(formatAlert(alert).split('\n').slice(1)).toEqual(['   Too many.']);
  });
});
