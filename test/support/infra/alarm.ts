import * as z from 'zod/mini';
import { type Resource, readProperties } from './templates.ts';

const Dimension = z.object({ Name: z.string(), Value: z.string() });
const Metric = z.object({
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: z.optional(z.array(Dimension)),
});
const AlarmProperties = z.object({
  Namespace: z.optional(z.string()),
  MetricName: z.optional(z.string()),
  Dimensions: z.optional(z.array(Dimension)),
  Period: z.optional(z.number()),
  Statistic: z.optional(z.string()),
  ExtendedStatistic: z.optional(z.string()),
  Metrics: z.optional(
    z.array(
      z.object({
        Id: z.string(),
        Expression: z.optional(z.string()),
        MetricStat: z.optional(z.object({ Metric, Period: z.number(), Stat: z.string() })),
      }),
    ),
  ),
  Threshold: z.number(),
  EvaluationPeriods: z.number(),
  DatapointsToAlarm: z.optional(z.number()),
  ComparisonOperator: z.enum(['GreaterThanOrEqualToThreshold', 'LessThanThreshold']),
  TreatMissingData: z.enum(['notBreaching', 'breaching']),
  AlarmActions: z.optional(z.array(z.string())),
  AlarmDescription: z.string(),
});
export type AlarmProperties = z.infer<typeof AlarmProperties>;

export const readAlarm = (resource: Resource): AlarmProperties =>
  readProperties(AlarmProperties, resource);

export type AlarmMetric = {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: string;
  readonly period: number;
};

/**
 * Metrics of an alarm, by their ids in its expression; `value` for an alarm without an expression.
 */
export function metricsOfAlarm(alarm: AlarmProperties): Readonly<Record<string, AlarmMetric>> {
  const toAlarmMetric = (
    { Namespace, MetricName, Dimensions = [] }: z.infer<typeof Metric>,
    statistic: string,
    period: number,
  ): AlarmMetric => ({
    namespace: Namespace,
    name: MetricName,
    dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value])),
    statistic,
    period,
  });
  if (alarm.Metrics === undefined) {
    const {
      Namespace = '',
      MetricName = '',
      Dimensions,
      Statistic,
      ExtendedStatistic,
      Period = 0,
    } = alarm;
    const metric = { Namespace, MetricName, ...(Dimensions && { Dimensions }) };
    return { value: toAlarmMetric(metric, Statistic ?? ExtendedStatistic ?? '', Period) };
  }
  return Object.fromEntries(
    alarm.Metrics.flatMap(({ Id, MetricStat }) =>
      MetricStat === undefined
        ? []
        : [[Id, toAlarmMetric(MetricStat.Metric, MetricStat.Stat, MetricStat.Period)]],
    ),
  );
}

/** Values of one period by the alarm's metric ids. A metric that is left out has no data. */
export type PeriodValues = Readonly<Record<string, number>>;

/**
 * Returns the state of an alarm after these periods, the latest last, as CloudWatch has it: ALARM
 * when as many of the evaluated periods breach as `datapointsToAlarm` states, by default all of
 * them.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html#alarm-evaluation
 */
export function alarmStateAfter(
  alarm: AlarmProperties,
  periods: readonly PeriodValues[],
): 'OK' | 'ALARM' {
  const { Threshold, ComparisonOperator, TreatMissingData, EvaluationPeriods } = alarm;
  const { DatapointsToAlarm = EvaluationPeriods } = alarm;
  const none: PeriodValues = {};
  const evaluated = Array.from(
    { length: EvaluationPeriods },
    (_, back) => periods.at(-1 - back) ?? none,
  );
  const breaches = evaluated.map((period) => {
    const value = evaluateMetric(alarm, period);
    if (value === undefined) return TreatMissingData === 'breaching';
    return ComparisonOperator === 'LessThanThreshold' ? value < Threshold : value >= Threshold;
  });
  return breaches.filter((breach) => breach).length >= DatapointsToAlarm ? 'ALARM' : 'OK';
}

function evaluateMetric({ Metrics }: AlarmProperties, period: PeriodValues): number | undefined {
  const expression = Metrics?.find(({ Expression }) => Expression !== undefined)?.Expression;
  if (expression === undefined) return period.value;
  return new Expression(expression, period).evaluate();
}

/** The metric math that the templates use: numbers, names, + - * /, >=, AND, FILL and IF. */
class Expression {
  readonly #tokens: string[];
  readonly #period: PeriodValues;

  constructor(text: string, period: PeriodValues) {
    this.#tokens = text.match(/[A-Za-z]\w*|\d+(?:\.\d+)?|>=|[-+*/(),]/g) ?? [];
    this.#period = period;
  }

  /** Returns the value of the expression, or undefined where an operand has no data. */
  evaluate(): number | undefined {
    const value = this.#conjunction();
    if (this.#tokens.length > 0) throw new Error(`unknown metric math: ${this.#tokens.join(' ')}`);
    return value;
  }

  #conjunction(): number | undefined {
    let left = this.#comparison();
    while (this.#tokens[0] === 'AND') {
      this.#tokens.shift();
      left = combineDefined(left, this.#comparison(), (a, b) => (a !== 0 && b !== 0 ? 1 : 0));
    }
    return left;
  }

  #comparison(): number | undefined {
    const left = this.#sum();
    if (this.#tokens[0] !== '>=') return left;
    this.#tokens.shift();
    return combineDefined(left, this.#sum(), (a, b) => (a >= b ? 1 : 0));
  }

  #sum(): number | undefined {
    let left = this.#product();
    while (this.#tokens[0] === '+' || this.#tokens[0] === '-') {
      const sign = this.#tokens.shift() === '+' ? 1 : -1;
      left = combineDefined(left, this.#product(), (a, b) => a + sign * b);
    }
    return left;
  }

  #product(): number | undefined {
    let left = this.#term();
    while (this.#tokens[0] === '*' || this.#tokens[0] === '/') {
      const operator = this.#tokens.shift();
      left = combineDefined(left, this.#term(), (a, b) => (operator === '*' ? a * b : a / b));
    }
    return left;
  }

  #term(): number | undefined {
    const token = this.#tokens.shift() ?? '';
    if (/^\d/.test(token)) return Number(token);
    if (token === '(') return this.#expectClosingBracket(this.#conjunction());
    if (!this.#accept('(')) return this.#period[token];
    const operands = [this.#conjunction()];
    while (this.#accept(',')) operands.push(this.#conjunction());
    const [first, second, third] = operands;
    if (token === 'FILL') return this.#expectClosingBracket(first ?? second);
    if (token === 'IF')
      return this.#expectClosingBracket(
        first === undefined ? undefined : first !== 0 ? second : third,
      );
    throw new Error(`unknown token in metric math: ${token}`);
  }

  #accept(token: string): boolean {
    if (this.#tokens[0] !== token) return false;
    this.#tokens.shift();
    return true;
  }

  #expectClosingBracket(value: number | undefined): number | undefined {
    if (this.#tokens.shift() !== ')') throw new Error('a bracket is not closed');
    return value;
  }
}

const combineDefined = (
  left: number | undefined,
  right: number | undefined,
  combine: (a: number, b: number) => number,
): number | undefined =>
  left === undefined || right === undefined ? undefined : combine(left, right);
