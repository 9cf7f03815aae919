import { writeLogLine } from './logger.ts';

const NAMESPACE = 'Stockbook';

export type MetricUnit = 'Count' | 'Seconds' | 'Milliseconds';
export type Metrics = {
  /** Values of this moment, by the metric's name. */
  readonly putMetrics: (
    values: Readonly<Record<string, { readonly value: number; readonly unit: MetricUnit }>>,
  ) => void;
  /** So many of each more. */
  readonly putCounts: (counts: Readonly<Record<string, number>>) => void;
};

/**
 * Metrics by the embedded metric format: a log line of which CloudWatch makes metrics, with the stage as their one dimension.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function createMetrics(stage: string, now: () => number): Metrics {
  const putMetrics: Metrics['putMetrics'] = (values) => {
    const names = Object.entries(values);
    if (names.length === 0) return;
    writeLogLine({
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
    });
  };
  return {
    putMetrics,
    putCounts: (counts) =>
      putMetrics(
        Object.fromEntries(
          Object.entries(counts).map(([name, value]) => [name, { value, unit: 'Count' as const }]),
        ),
      ),
  };
}
