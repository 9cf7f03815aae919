import { writeLogLine } from './logger.ts';

const NAMESPACE = 'Stockbook';

export type MetricUnit = 'Count' | 'Seconds' | 'Milliseconds';
export type Metrics = {
  /** Writes current values, by name of the metric. */
  readonly putMetrics: (
    values: Readonly<Record<string, { readonly value: number; readonly unit: MetricUnit }>>,
  ) => void;
  /** Adds a count to each metric. */
  readonly putCounts: (counts: Readonly<Record<string, number>>) => void;
};

/**
 * Creates metrics in the embedded metric format: CloudWatch extracts them from log lines. Their
 * only dimension is the stage.
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
