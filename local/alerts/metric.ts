/** A CloudWatch metric. */
export type Metric = {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
};

/** Value of a metric at a time in epoch milliseconds. */
export type DataPoint = { readonly value: number; readonly at: number };

/** Returns a text that is equal for equal metrics, in whatever order their dimensions are. */
export const metricKey = ({ namespace, name, dimensions }: Metric): string =>
  JSON.stringify([
    namespace,
    name,
    Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);
