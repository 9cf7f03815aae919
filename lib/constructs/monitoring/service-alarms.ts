import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { UNREADABLE_METRIC, unreadableNamespace } from '../compute/service-function.ts';
import { THROTTLES_MAX } from '../storage/context-table.ts';
import type { Alarms } from './alarms.ts';
import { customMetric } from './custom-metric.ts';

const FIVE_MINUTES = Duration.minutes(5);
/**
 * Share of API responses. 503 counts, because routes return it while a dependency is unavailable.
 */
const SERVER_ERROR_PERCENT_MAX = 1;
/** Number of requests below which the share is ignored. */
const REQUESTS_MIN = 20;
/**
 * A reservation takes two round trips. Even with a cold start and a busy cell it stays below this.
 */
const LATENCY_P99_MILLISECONDS_MAX = 2_000;
/**
 * A compensation makes five attempts within half a minute. Two failures before a success are not a
 * problem.
 */
const REFUND_ATTEMPTS_FAILED_MAX = 4;
/**
 * Largest share of compensated sagas among those that ended within ten minutes, and the number of
 * compensations below which it is ignored.
 */
const COMPENSATED_PERCENT_MAX = 10;
const COMPENSATED_MIN = 10;

export type ServiceAlarmsProps = {
  readonly stage: string;
  readonly alarms: Alarms;
  readonly apiId: string;
};

export const apiMetric = (apiId: string, metricName: string, statistic: string): Metric =>
  new Metric({
    namespace: 'AWS/ApiGateway',
    metricName,
    dimensionsMap: { ApiId: apiId },
    period: FIVE_MINUTES,
    statistic,
  });

/**
 * Alarms for problems that customers notice first: errors, slow responses, and orders and money
 * that wait.
 */
export class ServiceAlarms extends Construct {
  constructor(scope: Construct, id: string, { stage, alarms, apiId }: ServiceAlarmsProps) {
    super(scope, id);
    const share = new MathExpression({
      expression: `IF(requests >= ${REQUESTS_MIN}, 100 * FILL(errors, 0) / requests, 0)`,
      usingMetrics: {
        errors: apiMetric(apiId, '5xx', 'Sum'),
        requests: apiMetric(apiId, 'Count', 'Sum'),
      },
      label: '5xx, % of requests',
      period: FIVE_MINUTES,
    });
    alarms.createAlarm(this, 'ServerErrors', {
      metric: share,
      level: 'essential',
      description: `At least ${SERVER_ERROR_PERCENT_MAX}% of API responses were 5xx for ten minutes.`,
      runbook: 'SERVER_ERRORS',
      threshold: SERVER_ERROR_PERCENT_MAX,
      evaluationPeriods: 2,
    });
    alarms.createAlarm(this, 'Latency', {
      metric: apiMetric(apiId, 'Latency', 'p99'),
      level: 'full',
      description: `API latency p99 was at least ${LATENCY_P99_MILLISECONDS_MAX} ms for fifteen minutes.`,
      runbook: 'LATENCY',
      threshold: LATENCY_P99_MILLISECONDS_MAX,
      evaluationPeriods: 3,
    });
    this.#addOrderAlarms(stage, alarms);
    alarms.createAlarm(this, 'WriteContention', {
      metric: customMetric(stage, 'StockContentionDetected'),
      level: 'full',
      description:
        'Write contention on a SKU. A higher shard count was proposed or applied (event StockContentionDetected).',
      runbook: 'CONFLICTS',
    });
    alarms.createAlarm(this, 'RecordsUnreadable', {
      metric: new Metric({
        namespace: unreadableNamespace(stage),
        metricName: UNREADABLE_METRIC,
        period: FIVE_MINUTES,
        statistic: 'Sum',
      }),
      level: 'essential',
      description:
        'A stored record cannot be parsed. Requests and messages that need it fail, and lists omit it.',
      runbook: 'RECORD_UNREADABLE',
    });
    alarms.createAlarm(this, 'FunctionThrottles', {
      // Without a dimension the metric covers all functions of the account, like the limit.
      metric: new Metric({
        namespace: 'AWS/Lambda',
        metricName: 'Throttles',
        period: FIVE_MINUTES,
        statistic: 'Sum',
      }),
      level: 'essential',
      description: 'Lambda throttled invocations: the account reached its concurrency limit.',
      runbook: 'THROTTLES',
      threshold: THROTTLES_MAX,
    });
  }

  /**
   * The execution of a compensating saga ends as SUCCEEDED, so separate metrics report the
   * compensation and its cause.
   */
  #addOrderAlarms(stage: string, alarms: Alarms): void {
    alarms.createAlarm(this, 'OrderNeedsAttention', {
      metric: customMetric(stage, 'OrderNeedsAttention'),
      level: 'essential',
      description:
        'The compensation of an order failed permanently. The order has status NEEDS_ATTENTION.',
      runbook: 'ORDER_NEEDS_ATTENTION',
    });
    alarms.createAlarm(this, 'RefundPending', {
      metric: customMetric(stage, 'RefundAttemptsFailed'),
      level: 'essential',
      description:
        'The payment provider rejects a refund or does not respond. The refund is pending.',
      runbook: 'REFUND_PENDING',
      threshold: REFUND_ATTEMPTS_FAILED_MAX,
    });
    alarms.createAlarm(this, 'StockOutcomeTimeout', {
      metric: customMetric(stage, 'StockOutcomeTimeouts'),
      level: 'essential',
      description:
        'A paid order was cancelled and refunded because its stock outcome did not arrive in time.',
      runbook: 'STOCK_OUTCOME_TIMEOUT',
    });
    alarms.createAlarm(this, 'Compensations', {
      metric: new MathExpression({
        expression: `IF(compensated >= ${COMPENSATED_MIN}, 100 * compensated / (compensated + FILL(completed, 0)), 0)`,
        usingMetrics: {
          compensated: customMetric(stage, 'SagasCompensated', 'Sum', Duration.minutes(10)),
          completed: customMetric(stage, 'OrderCompleted', 'Sum', Duration.minutes(10)),
        },
        label: 'compensated, % of sagas that ended',
        period: Duration.minutes(10),
      }),
      level: 'full',
      description: `At least ${COMPENSATED_PERCENT_MAX}% of paid orders were cancelled within ten minutes.`,
      runbook: 'COMPENSATIONS',
      threshold: COMPENSATED_PERCENT_MAX,
    });
  }
}
