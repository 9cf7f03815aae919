import type { Gauges } from '../use-cases/ports.ts';

const NAMESPACE = 'Stockbook';

/**
 * Metrics by the embedded metric format: a log line of which CloudWatch makes metrics.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const embeddedGauges = (stage: string, now: () => number): Gauges => ({
  put: (metrics) => {
    const names = Object.entries(metrics);
    console.log(
      JSON.stringify({
        _aws: {
          Timestamp: now(),
          CloudWatchMetrics: [
            {
              Namespace: NAMESPACE,
              Dimensions: [['Stage']],
              Metrics: names.map(([Name, { unit }]) => ({ Name, Unit: unit })),
            },
          ],
        },
        Stage: stage,
        ...Object.fromEntries(names.map(([name, { value }]) => [name, value])),
      }),
    );
  },
});
