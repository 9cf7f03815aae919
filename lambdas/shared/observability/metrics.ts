import { writeLine } from './logger.ts';

const NAMESPACE = 'Stockbook';

export type Unit = 'Count' | 'Seconds' | 'Milliseconds';
export type Metrics = {
  /** Values of this moment, by the metric's name. */
  readonly put: (
    values: Readonly<Record<string, { readonly value: number; readonly unit: Unit }>>,
  ) => void;
  /** So many of each more. */
  readonly count: (counts: Readonly<Record<string, number>>) => void;
};

/**
 * Metrics by the embedded metric format: a log line of which CloudWatch makes metrics, with the stage as their one dimension.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embeddedMetrics(stage: string, now: () => number): Metrics {
  const put: Metrics['put'] = (values) => {
    const names = Object.entries(values);
    if (names.length === 0) return;
    writeLine({
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
    put,
    count: (counts) =>
      put(
        Object.fromEntries(
          Object.entries(counts).map(([name, value]) => [name, { value, unit: 'Count' as const }]),
        ),
      ),
  };
}
