import { StringDecoder } from 'node:string_decoder';
import * as z from 'zod/mini';
import type { DataPoint, Metric } from './metric.ts';

const EmbeddedMetrics = z.looseObject({
  _aws: z.object({
    /** Epoch milliseconds. */
    Timestamp: z.number(),
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string() })),
      }),
    ),
  }),
});
const Values = z.union([z.number(), z.array(z.number())]);

/** Text that each line with metrics contains. Other lines are not parsed. */
const MARKER = '"CloudWatchMetrics"';

/**
 * Returns the data points of a log line in the embedded metric format, one for each value and set
 * of dimensions. Returns none for any other line. Skips a metric or dimension whose value is not in
 * the line, as CloudWatch does.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function readEmbeddedMetrics(line: string): readonly (Metric & DataPoint)[] {
  if (!line.includes(MARKER)) return [];
  const parsed = EmbeddedMetrics.safeParse(parseJson(line));
  if (!parsed.success) return [];
  const { _aws, ...fields } = parsed.data;
  return _aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.filter((names) => names.every((name) => typeof fields[name] === 'string')).flatMap(
      (names) =>
        Metrics.flatMap(({ Name }) =>
          valuesOf(fields[Name]).map((value) => ({
            namespace: Namespace,
            name: Name,
            dimensions: Object.fromEntries(names.map((name) => [name, String(fields[name])])),
            value,
            at: _aws.Timestamp,
          })),
        ),
    ),
  );
}

/** Creates a function that reads the metrics in the chunks of one output stream. */
export function createMetricReader(
  onMetric: (metric: Metric & DataPoint) => void,
): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return (chunk) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) for (const metric of readEmbeddedMetrics(line)) onMetric(metric);
  };
}

function valuesOf(value: unknown): readonly number[] {
  const parsed = Values.safeParse(value);
  return parsed.success ? [parsed.data].flat() : [];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
