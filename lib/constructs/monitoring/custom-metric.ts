import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';

const NAMESPACE = 'Stockbook';

/** Returns a metric that Stockbook writes itself: lambdas/shared/observability/metrics.ts. */
export const customMetric = (
  stage: string,
  metricName: string,
  statistic = 'Sum',
  period = Duration.minutes(5),
): Metric =>
  new Metric({
    namespace: NAMESPACE,
    metricName,
    dimensionsMap: { Stage: stage },
    period,
    statistic,
  });
