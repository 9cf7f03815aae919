import { createCron, parseSchedule, secondsOfRate } from '../../../lib/schedule-expression.ts';
import { USD } from '../../order-cost/prices.ts';
import { IDLE_METRICS } from './idle-metrics.ts';
import { HOURS_PER_MONTH, USD_PER_MONTH, USD_PER_SCHEDULED_INVOCATION } from './prices.ts';

/** A resource of a template. */
export type TemplateResource = {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
};
export type CostItem = { readonly name: string; readonly count: number; readonly usd: number };

const SECONDS_PER_HOUR = 3_600;
const SECONDS_PER_MONTH = HOURS_PER_MONTH * SECONDS_PER_HOUR;
/**
 * Concurrent receives of an event source while its queue is empty, and the time that each waits for
 * a message. Lambda may reduce them to two, but not for a queue with limited concurrency.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#sqs-polling-behavior
 */
const RECEIVES_IN_FLIGHT = 5;
const RECEIVE_SECONDS = 20;
/**
 * Upper bounds for values that were not measured on AWS: seconds of an idle invocation, and
 * invocations of a reconciliation of empty tables. They affect only cents.
 */
const INVOCATION_SECONDS = 1;
const RECONCILIATION_INVOCATIONS = 60;
const MEGABYTES_PER_GIGABYTE = 1_024;

/**
 * Returns the cost of a stage in a month without requests, by item. Items without cost are omitted.
 */
export function idleCost(resources: readonly TemplateResource[]): readonly CostItem[] {
  const resourcesOfType = (type: string) => resources.filter((resource) => resource.type === type);
  const alarmMetrics = resourcesOfType('AWS::CloudWatch::Alarm').map(countMetrics);
  const schedules = resourcesOfType('AWS::Scheduler::Schedule').filter(
    ({ properties }) => properties.State !== 'DISABLED',
  );
  const queues = resourcesOfType('AWS::Lambda::EventSourceMapping').filter(
    ({ properties }) => properties.ScalingConfig !== undefined,
  );
  const item = (name: string, count: number, usdEach: number): CostItem => ({
    name,
    count,
    usd: count * usdEach,
  });
  return [
    item('alarms, by their metrics', sumOf(alarmMetrics), USD_PER_MONTH.alarmMetric),
    item(
      'composite alarms',
      resourcesOfType('AWS::CloudWatch::CompositeAlarm').length,
      USD_PER_MONTH.compositeAlarm,
    ),
    item(
      'dashboards',
      resourcesOfType('AWS::CloudWatch::Dashboard').length,
      USD_PER_MONTH.dashboard,
    ),
    ...customMetrics(schedules),
    item(
      'queues that Lambda polls',
      queues.length,
      ((RECEIVES_IN_FLIGHT * SECONDS_PER_MONTH) / RECEIVE_SECONDS) * USD.perQueueRequest,
    ),
    scheduledInvocations(schedules, resources),
    item(
      'app clients of programs (Cognito)',
      resourcesOfType('AWS::Cognito::UserPoolClient').filter(({ properties }) =>
        JSON.stringify(properties.AllowedOAuthFlows ?? []).includes('client_credentials'),
      ).length,
      USD_PER_MONTH.machineClient,
    ),
    item('KMS keys', resourcesOfType('AWS::KMS::Key').length, USD_PER_MONTH.key),
    item('secrets', countSecrets(resourcesOfType('AWS::Lambda::Function')), USD_PER_MONTH.secret),
  ].filter(({ count }) => count > 0);
}

export const totalOf = (items: readonly CostItem[]): number => sumOf(items.map(({ usd }) => usd));

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

function countMetrics({ properties }: TemplateResource): number {
  const { Metrics } = properties;
  if (!Array.isArray(Metrics)) return 1;
  return Metrics.filter(
    (metric) => typeof metric === 'object' && metric !== null && 'MetricStat' in metric,
  ).length;
}

/** Returns the cost of the metrics. A metric is billed for each hour in which it has a value. */
function customMetrics(schedules: readonly TemplateResource[]): readonly CostItem[] {
  return schedules.flatMap((schedule) => {
    const metrics = IDLE_METRICS[targetFunctionOf(schedule)] ?? [];
    const hours = Math.min(runsPerMonth(schedule), HOURS_PER_MONTH);
    const usd = metrics.length * USD_PER_MONTH.customMetric * (hours / HOURS_PER_MONTH);
    return [{ name: `own metrics of ${targetFunctionOf(schedule)}`, count: metrics.length, usd }];
  });
}

/** Returns the invocations by schedules, and their requests to SQS. */
function scheduledInvocations(
  schedules: readonly TemplateResource[],
  resources: readonly TemplateResource[],
): CostItem {
  const megabytes = resources.find(({ type }) => type === 'AWS::Lambda::Function')?.properties
    .MemorySize;
  const usdPerInvocation =
    USD.perInvocation +
    ((INVOCATION_SECONDS * Number(megabytes ?? 0)) / MEGABYTES_PER_GIGABYTE) *
      USD.perGigabyteSecond;
  const deadLetterQueues = resources.filter(
    ({ type, properties }) => type === 'AWS::SQS::Queue' && properties.RedrivePolicy === undefined,
  ).length;
  let count = 0;
  let usd = 0;
  for (const schedule of schedules) {
    const runs = runsPerMonth(schedule);
    const invocations =
      targetFunctionOf(schedule) === 'StartScheduledReconciliation'
        ? RECONCILIATION_INVOCATIONS
        : 1;
    const asked = targetFunctionOf(schedule) === 'WatchDeadLetters' ? deadLetterQueues : 0;
    count += runs * invocations;
    usd +=
      runs *
      (USD_PER_SCHEDULED_INVOCATION + invocations * usdPerInvocation + asked * USD.perQueueRequest);
  }
  return { name: 'invocations by schedules', count: Math.round(count), usd };
}

/** Returns the name of the construct of the function that a schedule invokes. */
function targetFunctionOf({ properties }: TemplateResource): string {
  return (
    /(StartScheduledReconciliation|WatchRuns|WatchDeadLetters)/.exec(
      JSON.stringify(properties.Target),
    )?.[1] ?? ''
  );
}

function runsPerMonth({ properties }: TemplateResource): number {
  const { kind, expression } = parseSchedule(String(properties.ScheduleExpression));
  if (kind === 'rate') return SECONDS_PER_MONTH / secondsOfRate(expression);
  const from = new Date('2026-01-01T00:00:00Z');
  const until = from.getTime() + SECONDS_PER_MONTH * 1_000;
  const runs = createCron(expression, String(properties.ScheduleExpressionTimezone ?? 'UTC'));
  let count = 0;
  for (let run = runs.nextRun(from); run !== null && run.getTime() < until; run = runs.nextRun(run))
    count += 1;
  return count;
}

/**
 * Returns the secrets that functions read. The owner of the account creates them, so they are not
 * in a template.
 */
const countSecrets = (functions: readonly TemplateResource[]): number =>
  new Set(
    functions.flatMap(
      ({ properties }) =>
        /arn:aws[a-z-]*:secretsmanager:[^"]+/.exec(JSON.stringify(properties))?.[0] ?? [],
    ),
  ).size;
