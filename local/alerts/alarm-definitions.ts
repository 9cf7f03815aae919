import type { Properties } from '../cloud-assembly/resource-types.ts';
import type { Resources } from '../cloud-assembly/resources.ts';
import { type Metric, metricKey } from './metric.ts';

/** When an alarm is raised. CloudWatch's names are in parentheses where they differ. */
export type AlarmSettings = {
  /** Length of a period (Period). */
  readonly periodSeconds: number;
  readonly statistic: 'Sum' | 'Maximum';
  readonly threshold: number;
  /** True when a value at the threshold breaches (ComparisonOperator). */
  readonly includesThreshold: boolean;
  /** Number of latest periods that count. */
  readonly evaluationPeriods: number;
  /** Number of these that must breach. */
  readonly datapointsToAlarm: number;
};

export type AlarmDefinition = {
  readonly title: string;
  readonly text: string;
  readonly metricKey: string;
  readonly settings: AlarmSettings;
};

export type UnevaluatedAlarm = {
  readonly stack: string;
  readonly title: string;
  readonly reason: string;
};

export type Alarms = {
  readonly evaluated: readonly AlarmDefinition[];
  /** Alarms that never raise an alert in the local runtime. */
  readonly unevaluated: readonly UnevaluatedAlarm[];
};

type Alarm = Properties<'AWS::CloudWatch::Alarm'>;

/** Metrics of AWS that the local runtime records, with the only dimension that it knows. */
const AWS_METRICS: Readonly<Record<string, string>> = {
  'AWS/Lambda Errors': 'FunctionName',
  'AWS/States ExecutionsFailed': 'StateMachineArn',
  'AWS/States ExecutionsTimedOut': 'StateMachineArn',
};

/** Returns the alarms of the templates: those that can be evaluated here, and the others. */
export function readAlarms(resources: Resources): Alarms {
  const evaluated: AlarmDefinition[] = [];
  const unevaluated: UnevaluatedAlarm[] = [];
  const filtered = new Set(
    resources
      .ofType('AWS::Logs::MetricFilter')
      .flatMap(({ properties }) => properties.MetricTransformations)
      .map(({ MetricNamespace, MetricName }) => `${MetricNamespace} ${MetricName}`),
  );
  for (const { stack, logicalId, properties } of resources.ofType('AWS::CloudWatch::Alarm')) {
    const title = withoutHash(logicalId);
    const definition = definitionOf(title, properties, filtered);
    if (typeof definition === 'string') unevaluated.push({ stack, title, reason: definition });
    else evaluated.push(definition);
  }
  return { evaluated, unevaluated };
}

/** Removes the hash with which the CDK ends a logical id. */
const withoutHash = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, '');

/** Returns the definition of an alarm, or the reason why it is not evaluated. */
function definitionOf(
  title: string,
  alarm: Alarm,
  filtered: ReadonlySet<string>,
): AlarmDefinition | string {
  const { Statistic, ComparisonOperator, Period, EvaluationPeriods } = alarm;
  const metric = metricOf(alarm);
  if (metric === undefined) return 'metric math is not computed';
  if (Statistic !== 'Sum' && Statistic !== 'Maximum')
    return `the statistic ${Statistic ?? alarm.ExtendedStatistic} is not computed`;
  if (
    ComparisonOperator !== 'GreaterThanOrEqualToThreshold' &&
    ComparisonOperator !== 'GreaterThanThreshold'
  )
    return `${ComparisonOperator} needs periods that have ended`;
  if (alarm.TreatMissingData !== 'notBreaching')
    return 'only alarms for which missing data does not breach are evaluated';
  const name = `${metric.namespace} ${metric.name}`;
  if (filtered.has(name)) return 'metric filters of logs do not run';
  if (Period === undefined || !isRecorded(metric)) {
    const dimensions = Object.keys(metric.dimensions).join(', ') || 'no dimension';
    return `the metric ${name} is not recorded by ${dimensions}`;
  }
  return {
    title,
    text: alarm.AlarmDescription ?? '',
    metricKey: metricKey(metric),
    settings: {
      periodSeconds: Period,
      statistic: Statistic,
      threshold: alarm.Threshold,
      includesThreshold: ComparisonOperator === 'GreaterThanOrEqualToThreshold',
      evaluationPeriods: EvaluationPeriods,
      datapointsToAlarm: alarm.DatapointsToAlarm ?? EvaluationPeriods,
    },
  };
}

function metricOf({ Namespace, MetricName, Dimensions = [] }: Alarm): Metric | undefined {
  if (Namespace === undefined || MetricName === undefined) return undefined;
  const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
  return { namespace: Namespace, name: MetricName, dimensions };
}

/** A metric of another namespace than AWS's is read from the logs of the functions. */
function isRecorded({ namespace, name, dimensions }: Metric): boolean {
  if (!namespace.startsWith('AWS/')) return true;
  const dimension = AWS_METRICS[`${namespace} ${name}`];
  return dimension !== undefined && Object.keys(dimensions).join() === dimension;
}
