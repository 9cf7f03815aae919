import { cronOf, partsOf, secondsOf } from '../../../lib/aws-schedule.ts';
import { USD } from '../../order-cost/prices.ts';
import { IDLE_METRICS } from './idle-metrics.ts';
import { HOURS_PER_MONTH, USD_PER_MONTH, USD_PER_SCHEDULED_INVOCATION } from './prices.ts';

/** A resource of a template. */
export type IdleResource = {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
};
export type Item = { readonly what: string; readonly count: number; readonly usd: number };

const SECONDS_PER_HOUR = 3_600;
const SECONDS_PER_MONTH = HOURS_PER_MONTH * SECONDS_PER_HOUR;
/**
 * Receives of an event source that are under way at once while its queue is empty, and how long each waits for a message. Lambda may go
 * down to two, but not where the concurrency is limited.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#sqs-polling-behavior
 */
const POLLERS = 5;
const RECEIVE_SECONDS = 20;
/**
 * Upper bounds of what was not measured on AWS: seconds of an idle invocation, and invocations of a reconciliation of empty tables. They
 * decide cents.
 */
const INVOCATION_SECONDS = 1;
const RECONCILIATION_INVOCATIONS = 60;
const MEGABYTES_PER_GIGABYTE = 1_024;

/** Returns what a stage costs in a month in which no request comes, by item; items that cost nothing are left out. */
export function idleCost(resources: readonly IdleResource[]): readonly Item[] {
  const of = (type: string) => resources.filter((resource) => resource.type === type);
  const alarmMetrics = of('AWS::CloudWatch::Alarm').map(metricsOfAlarm);
  const schedules = of('AWS::Scheduler::Schedule').filter(
    ({ properties }) => properties.State !== 'DISABLED',
  );
  const queues = of('AWS::Lambda::EventSourceMapping').filter(
    ({ properties }) => properties.ScalingConfig !== undefined,
  );
  const item = (what: string, count: number, usdEach: number): Item => ({
    what,
    count,
    usd: count * usdEach,
  });
  return [
    item('alarms, by their metrics', sumOf(alarmMetrics), USD_PER_MONTH.alarmMetric),
    item(
      'composite alarms',
      of('AWS::CloudWatch::CompositeAlarm').length,
      USD_PER_MONTH.compositeAlarm,
    ),
    item('dashboards', of('AWS::CloudWatch::Dashboard').length, USD_PER_MONTH.dashboard),
    ...ownMetrics(schedules),
    item(
      'queues that Lambda polls',
      queues.length,
      ((POLLERS * SECONDS_PER_MONTH) / RECEIVE_SECONDS) * USD.perQueueRequest,
    ),
    scheduled(schedules, resources),
    item(
      'app clients of programs (Cognito)',
      of('AWS::Cognito::UserPoolClient').filter(({ properties }) =>
        JSON.stringify(properties.AllowedOAuthFlows ?? []).includes('client_credentials'),
      ).length,
      USD_PER_MONTH.machineClient,
    ),
    item('KMS keys', of('AWS::KMS::Key').length, USD_PER_MONTH.key),
    item('secrets', secretsOf(of('AWS::Lambda::Function')), USD_PER_MONTH.secret),
  ].filter(({ count }) => count > 0);
}

export const totalOf = (items: readonly Item[]): number => sumOf(items.map(({ usd }) => usd));

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

function metricsOfAlarm({ properties }: IdleResource): number {
  const { Metrics } = properties;
  if (!Array.isArray(Metrics)) return 1;
  return Metrics.filter(
    (metric) => typeof metric === 'object' && metric !== null && 'MetricStat' in metric,
  ).length;
}

/** A metric is billed for each hour that has a value of it. */
function ownMetrics(schedules: readonly IdleResource[]): readonly Item[] {
  return schedules.flatMap((schedule) => {
    const metrics = IDLE_METRICS[functionOf(schedule)] ?? [];
    const hours = Math.min(runsPerMonth(schedule), HOURS_PER_MONTH);
    const usd = metrics.length * USD_PER_MONTH.ownMetric * (hours / HOURS_PER_MONTH);
    return [{ what: `own metrics of ${functionOf(schedule)}`, count: metrics.length, usd }];
  });
}

/** Invocations by schedules, and what these ask of SQS. */
function scheduled(schedules: readonly IdleResource[], resources: readonly IdleResource[]): Item {
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
    const invocations = functionOf(schedule) === 'StartScheduled' ? RECONCILIATION_INVOCATIONS : 1;
    const asked = functionOf(schedule) === 'WatchDeadLetters' ? deadLetterQueues : 0;
    count += runs * invocations;
    usd +=
      runs *
      (USD_PER_SCHEDULED_INVOCATION + invocations * usdPerInvocation + asked * USD.perQueueRequest);
  }
  return { what: 'invocations by schedules', count: Math.round(count), usd };
}

/** The function that a schedule invokes, by the name of its construct. */
function functionOf({ properties }: IdleResource): string {
  return (
    /(StartScheduled|WatchRuns|WatchDeadLetters)/.exec(JSON.stringify(properties.Target))?.[1] ?? ''
  );
}

function runsPerMonth({ properties }: IdleResource): number {
  const { kind, expression } = partsOf(String(properties.ScheduleExpression));
  if (kind === 'rate') return SECONDS_PER_MONTH / secondsOf(expression);
  const from = new Date('2026-01-01T00:00:00Z');
  const until = from.getTime() + SECONDS_PER_MONTH * 1_000;
  const runs = cronOf(expression, String(properties.ScheduleExpressionTimezone ?? 'UTC'));
  let count = 0;
  for (let run = runs.nextRun(from); run !== null && run.getTime() < until; run = runs.nextRun(run))
    count += 1;
  return count;
}

/** Secrets that functions read. The owner of the account creates them, so they are not in a template. */
const secretsOf = (functions: readonly IdleResource[]): number =>
  new Set(
    functions.flatMap(
      ({ properties }) =>
        /arn:aws[a-z-]*:secretsmanager:[^"]+/.exec(JSON.stringify(properties))?.[0] ?? [],
    ),
  ).size;
