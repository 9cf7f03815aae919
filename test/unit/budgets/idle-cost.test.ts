import { describe, expect, test } from 'vitest';
import { idleCost, totalOf } from '../../../bench/budgets/idle-cost/idle-cost.ts';

const resource = (type: string, properties: object = {}) => ({
  type,
  properties: { ...properties },
});
const alarm = (metrics: number) =>
  resource('AWS::CloudWatch::Alarm', {
    Metrics: [
      { Expression: 'a + b' },
      ...Array.from({ length: metrics }, () => ({ MetricStat: {} })),
    ],
  });
const queue = resource('AWS::Lambda::EventSourceMapping', {
  ScalingConfig: { MaximumConcurrency: 2 },
});
const schedule = (over: object) =>
  resource('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'rate(1 hour)',
    Target: { Arn: 'WatchRuns' },
    ...over,
  });
const usdOf = (name: string, ...resources: readonly ReturnType<typeof resource>[]) =>
  idleCost(resources).find((item) => item.name === name)?.usd;

describe('the cost of an idle stage', () => {
  test('counts each metric of an alarm, and one for an alarm of a single metric', () => {
    expect(
      usdOf('alarms, by their metrics', resource('AWS::CloudWatch::Alarm'), alarm(3)),
    ).toBeCloseTo(0.4);
  });

  test('has five concurrent receives of 20 seconds for each queue with a consumer', () => {
    const receives = (5 * 730.5 * 3_600) / 20;

    expect(usdOf('queues that Lambda polls', queue, queue)).toBeCloseTo(2 * receives * 0.4e-6, 6);
  });

  test('has no cost for polling streams, which is free for Lambda', () => {
    expect(idleCost([resource('AWS::Lambda::EventSourceMapping')])).toEqual([]);
  });

  test('counts an hourly metric in full, and one of a nightly run by its hours', () => {
    const nightly = schedule({
      ScheduleExpression: 'cron(0 3 * * ? *)',
      Target: { Arn: 'StartScheduledReconciliation' },
    });

    expect(usdOf('own metrics of WatchRuns', schedule({}))).toBeCloseTo(0.3);
    expect(usdOf('own metrics of StartScheduledReconciliation', nightly)).toBeCloseTo(
      5 * 0.3 * (31 / 730.5),
      4,
    );
  });

  test('has no cost of a disabled schedule', () => {
    expect(idleCost([schedule({ State: 'DISABLED' })])).toEqual([]);
  });

  test('has one request per dead-letter queue and count of dead letters', () => {
    const often = schedule({
      ScheduleExpression: 'rate(5 minutes)',
      Target: { Arn: 'WatchDeadLetters' },
    });
    const source = resource('AWS::SQS::Queue', { RedrivePolicy: {} });
    const deadLetters = resource('AWS::SQS::Queue');
    const what = 'invocations by schedules';

    const more = (usdOf(what, often, source, deadLetters) ?? 0) - (usdOf(what, often, source) ?? 0);

    expect(more).toBeCloseTo(730.5 * 12 * 0.4e-6, 6);
  });

  test('has app clients of programs, but not of people', () => {
    const client = (flow: string) =>
      resource('AWS::Cognito::UserPoolClient', { AllowedOAuthFlows: [flow] });

    expect(
      usdOf('app clients of programs (Cognito)', client('code'), client('client_credentials')),
    ).toBe(6);
  });

  test('counts a secret once, however many functions read it', () => {
    const reads = (name: string) =>
      resource('AWS::Lambda::Function', {
        Environment: { Variables: { ARN: `arn:aws:secretsmanager:x:1:secret:${name}` } },
      });

    expect(usdOf('secrets', reads('a'), reads('a'))).toBeCloseTo(0.4);
    expect(usdOf('secrets', reads('a'), reads('b'))).toBeCloseTo(0.8);
  });

  test('is the sum of its items', () => {
    expect(
      totalOf(
        idleCost([alarm(1), resource('AWS::CloudWatch::Dashboard'), resource('AWS::KMS::Key')]),
      ),
    ).toBeCloseTo(4.1);
  });
});
