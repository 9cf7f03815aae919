import { Aws, CfnOutput, Duration } from 'aws-cdk-lib';
import {
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  type Metric,
  SingleValueWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { DeadLetterQueue } from '../messaging/dead-letter-queue.ts';
import { customMetric } from './custom-metric.ts';
import { apiMetric } from './service-alarms.ts';

export type StockbookDashboardProps = {
  readonly stage: string;
  readonly apiId: string;
  readonly sagas: readonly StateMachine[];
  readonly deadLetterQueues: readonly DeadLetterQueue[];
};

const GRAPH_WIDTH = 12;
const GRAPH_HEIGHT = 6;
const ROW_WIDTH = 24;

/**
 * Dashboard of one page: the flow of orders, the state of holds, late or lost work, and the main
 * causes of cost.
 */
export class StockbookDashboard extends Construct {
  constructor(scope: Construct, id: string, props: StockbookDashboardProps) {
    super(scope, id);
    const { stage, apiId, sagas, deadLetterQueues } = props;
    const own = (...names: readonly string[]) => names.map((name) => customMetric(stage, name));
    const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
      new GraphWidget({ title, left, right, width: GRAPH_WIDTH, height: GRAPH_HEIGHT });
    // Counts of zero are not written.
    const open = customMetric(stage, 'FindingsOpen', 'Maximum', Duration.hours(1));
    const units = customMetric(stage, 'DriftUnits', 'Maximum', Duration.hours(1));
    const filled = (counted: Readonly<Record<string, Metric>>, label: string) =>
      new MathExpression({
        expression: `FILL(${Object.keys(counted).join()}, 0)`,
        usingMetrics: counted,
        label,
        period: Duration.hours(1),
      });
    const heading = (markdown: string) => new TextWidget({ markdown, width: ROW_WIDTH, height: 1 });

    const dashboard = new Dashboard(this, 'Dashboard', { defaultInterval: Duration.hours(12) });
    dashboard.addWidgets(
      new SingleValueWidget({
        title: 'Current totals',
        width: ROW_WIDTH,
        height: 4,
        metrics: [
          ...own('OrderPlaced', 'OrderCompleted', 'OrderCancelled', 'OrderNeedsAttention'),
          filled({ open }, 'open findings'),
        ],
      }),
    );
    dashboard.addWidgets(heading('## Orders'));
    dashboard.addWidgets(
      graph(
        'Orders by outcome',
        own(
          'OrderPlaced',
          'OrderCompleted',
          'OrderFulfilled',
          'OrderCancelled',
          'OrderNeedsAttention',
        ),
        own('SagasCompensated', 'StockOutcomeTimeouts'),
      ),
      graph(
        'Sagas: duration and outcome',
        sagas.flatMap((saga) => [
          saga.metricSucceeded(),
          saga.metricFailed(),
          saga.metricTimedOut(),
        ]),
        sagas.map((saga) =>
          saga.metricTime({ statistic: 'p99', label: `${saga.node.id} p99, ms` }),
        ),
      ),
    );
    dashboard.addWidgets(heading('## Stock'));
    dashboard.addWidgets(
      graph(
        'Holds',
        own('StockReserved', 'StockCommitted', 'StockReleased', 'StockCommitFailed'),
        own('UnitsExpired'),
      ),
      graph(
        'Rejections and contention',
        own('HoldsRejected', 'StockLow', 'StockContentionDetected'),
        [
          new MathExpression({
            expression: '100 * FILL(rejected, 0) / (FILL(rejected, 0) + FILL(reserved, 0))',
            usingMetrics: {
              rejected: customMetric(stage, 'HoldsRejected'),
              reserved: customMetric(stage, 'StockReserved'),
            },
            label: 'rejected, % of hold requests',
          }),
        ],
      ),
      graph('Drift', [
        filled({ open }, 'open findings'),
        filled({ units }, 'units of open findings'),
        ...own('DriftDetected', 'DriftRepaired'),
      ]),
      graph('Refunds', own('RefundAttemptsFailed', 'PaymentRefunded', 'PaymentVoided')),
    );
    dashboard.addWidgets(heading('## Delays and errors'));
    dashboard.addWidgets(
      graph(
        'Dead letters',
        deadLetterQueues.map((queue) =>
          queue.metricApproximateNumberOfMessagesVisible({
            label: queue.contents,
            statistic: 'Maximum',
          }),
        ),
      ),
      graph(
        'API',
        [
          apiMetric(apiId, 'Count', 'Sum'),
          apiMetric(apiId, '4xx', 'Sum'),
          apiMetric(apiId, '5xx', 'Sum'),
        ],
        [apiMetric(apiId, 'Latency', 'p50'), apiMetric(apiId, 'Latency', 'p99')],
      ),
    );
    dashboard.addWidgets(heading('## Cost drivers'));
    const consumed = (name: string, label: string) =>
      new MathExpression({
        expression: `SEARCH('{AWS/DynamoDB,TableName} MetricName="${name}" stockbook-${stage}', 'Sum')`,
        label,
        usingMetrics: {},
      });
    dashboard.addWidgets(
      graph(
        'DynamoDB units',
        [consumed('ConsumedWriteCapacityUnits', 'written')],
        [consumed('ConsumedReadCapacityUnits', 'read')],
      ),
      graph(
        'Functions and transitions',
        [
          new MathExpression({
            expression: `SUM(SEARCH('{AWS/Lambda,FunctionName} MetricName="Invocations" stockbook-${stage}', 'Sum'))`,
            label: 'invocations',
            usingMetrics: {},
          }),
          new MathExpression({
            expression: `SUM(SEARCH('{AWS/Lambda,FunctionName} MetricName="Duration" stockbook-${stage}', 'Sum')) / 1000`,
            label: 'function seconds',
            usingMetrics: {},
          }),
        ],
        sagas.map((saga) => saga.metricStarted()),
      ),
    );
    new CfnOutput(this, 'DashboardUrl', {
      value: `https://${Aws.REGION}.console.aws.amazon.com/cloudwatch/home?region=${Aws.REGION}#dashboards:name=${dashboard.dashboardName}`,
    });
  }
}
