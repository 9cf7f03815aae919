import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { BUS_SECONDS_MAX } from '../../lambdas/shared/delivery.ts';
import { type ServiceFunction, UNREADABLE_METRIC, unreadableNamespace } from './service-function.ts';
import type { StreamConsumer } from './stream-consumer.ts';
import { watch } from './watch.ts';

export const NAMESPACE = 'Stockbook';
const FIVE_MINUTES = Duration.minutes(5);
/** Of the API's answers. 503 counts: it is what is answered while something else is away. */
const SERVER_ERROR_PERCENT_MAX = 1;
/** A handful of requests is no rate. */
const REQUESTS_MIN = 20;
/** A reserve is two round trips; with a cold start and a busy cell still below this. */
const LATENCY_P99_MILLISECONDS_MAX = 2_000;
/** The saga's wait for its stock counts on this time from a table to a queue. */
const PUBLISH_LAG_MILLISECONDS_MAX = BUS_SECONDS_MAX * 1_000;
/** A hot sku conflicts all the time, and sells: beyond this it answers 503 to many. */
const CONFLICTS_MAX = 500;
const THROTTLES_MAX = 10;
/** A compensation tries five times within half a minute; one that fails twice and then works is no matter. */
const REFUND_TRIES_FAILED_MAX = 4;

export type ServiceAlarmsProps = {
  readonly stage: string;
  readonly alarms: ITopic;
  readonly apiId: string;
  readonly tables: readonly TableV2[];
  readonly consumers: readonly StreamConsumer[];
};

/** A metric that Stockbook writes itself. */
export const ownMetric = (
  stage: string,
  metricName: string,
  statistic = 'Sum',
  period = FIVE_MINUTES,
): Metric =>
  new Metric({ namespace: NAMESPACE, metricName, dimensionsMap: { Stage: stage }, period, statistic });

export const apiMetric = (apiId: string, metricName: string, statistic: string): Metric =>
  new Metric({
    namespace: 'AWS/ApiGateway',
    metricName,
    dimensionsMap: { ApiId: apiId },
    period: FIVE_MINUTES,
    statistic,
  });

export const tableMetric = ({ tableName }: TableV2, metricName: string): Metric =>
  new Metric({
    namespace: 'AWS/DynamoDB',
    metricName,
    dimensionsMap: { TableName: tableName },
    period: FIVE_MINUTES,
    statistic: 'Sum',
  });

/** Whoever is told of what customers would notice first: errors, slowness, orders and money that wait, events that are late. */
export class ServiceAlarms extends Construct {
  constructor(scope: Construct, id: string, props: ServiceAlarmsProps) {
    super(scope, id);
    const { stage, alarms, apiId, tables, consumers } = props;
    const share = new MathExpression({
      expression: `IF(requests >= ${REQUESTS_MIN}, 100 * FILL(errors, 0) / requests, 0)`,
      usingMetrics: { errors: apiMetric(apiId, '5xx', 'Sum'), requests: apiMetric(apiId, 'Count', 'Sum') },
      label: '5xx, % of requests',
      period: FIVE_MINUTES,
    });
    watch(this, 'ServerErrors', alarms, {
      metric: share,
      says: `More than ${SERVER_ERROR_PERCENT_MAX}% of the API's answers were 5xx for ten minutes.`,
      page: 'SERVER_ERRORS',
      threshold: SERVER_ERROR_PERCENT_MAX,
      periods: 2,
    });
    watch(this, 'Latency', alarms, {
      metric: apiMetric(apiId, 'Latency', 'p99'),
      says: `One request in a hundred took longer than ${LATENCY_P99_MILLISECONDS_MAX} ms for fifteen minutes.`,
      page: 'LATENCY',
      threshold: LATENCY_P99_MILLISECONDS_MAX,
      periods: 3,
    });
    watch(this, 'OrderNeedsAttention', alarms, {
      metric: ownMetric(stage, 'OrderNeedsAttention'),
      says: 'The compensation of an order failed for good: it waits as NEEDS_ATTENTION.',
      page: 'ORDER_NEEDS_ATTENTION',
    });
    watch(this, 'RefundPending', alarms, {
      metric: ownMetric(stage, 'RefundTriesFailed'),
      says: 'The provider refuses to give money back, or does not answer: a refund is pending.',
      page: 'REFUND_PENDING',
      threshold: REFUND_TRIES_FAILED_MAX,
    });
    watch(this, 'StockHot', alarms, {
      metric: ownMetric(stage, 'StockHot'),
      says: "Buyers of a sku are in each other's way: more shards are proposed for it, or were set (event StockHot).",
      page: 'CONFLICTS',
    });
    watch(this, 'RecordsUnreadable', alarms, {
      metric: new Metric({
        namespace: unreadableNamespace(stage),
        metricName: UNREADABLE_METRIC,
        period: FIVE_MINUTES,
        statistic: 'Sum',
      }),
      says: 'A stored record is damaged: requests and messages that need it fail, and lists leave it out.',
      page: 'RECORD_UNREADABLE',
    });
    watch(this, 'FunctionThrottles', alarms, {
      // Without a dimension it is of the account's functions together: that is what the limit is of.
      metric: new Metric({
        namespace: 'AWS/Lambda',
        metricName: 'Throttles',
        period: FIVE_MINUTES,
        statistic: 'Sum',
      }),
      says: 'Lambda refused to start functions: the account is at its limit of concurrent ones.',
      page: 'THROTTLES',
      threshold: THROTTLES_MAX,
    });
    for (const table of tables) this.#ofTable(table, alarms);
    for (const { consumer } of consumers) this.#ofStream(consumer, alarms);
  }

  #ofTable(table: TableV2, alarms: ITopic): void {
    const name = `${contextOf(table)}${table.node.id}`;
    watch(this, `${name}Throttled`, alarms, {
      metric: new MathExpression({
        expression: 'FILL(reads, 0) + FILL(writes, 0)',
        usingMetrics: {
          reads: tableMetric(table, 'ReadThrottleEvents'),
          writes: tableMetric(table, 'WriteThrottleEvents'),
        },
        label: 'throttled requests',
        period: FIVE_MINUTES,
      }),
      says: `DynamoDB throttled the table ${name}.`,
      page: 'THROTTLES',
      threshold: THROTTLES_MAX,
    });
    watch(this, `${name}Conflicts`, alarms, {
      metric: tableMetric(table, 'TransactionConflict'),
      says: `Transactions of the table ${name} met each other ${CONFLICTS_MAX} times within five minutes.`,
      page: 'CONFLICTS',
      threshold: CONFLICTS_MAX,
    });
  }

  #ofStream(consumer: ServiceFunction, alarms: ITopic): void {
    watch(this, `${contextOf(consumer)}${consumer.node.id}Lag`, alarms, {
      metric: consumer.metric('IteratorAge', { period: Duration.minutes(1), statistic: 'Maximum' }),
      says: `Changes wait for longer than ${PUBLISH_LAG_MILLISECONDS_MAX / 1_000} seconds for ${contextOf(consumer)} ${consumer.node.id}: sagas wait for events.`,
      page: 'PUBLISH_LAG',
      threshold: PUBLISH_LAG_MILLISECONDS_MAX,
      periods: 5,
    });
  }
}

/** The last part of the stack's name, as a word. */
function contextOf({ stack }: { readonly stack: { readonly stackName: string } }): string {
  const name = stack.stackName.split('-').at(-1) ?? '';
  return name.charAt(0).toUpperCase() + name.slice(1);
}
