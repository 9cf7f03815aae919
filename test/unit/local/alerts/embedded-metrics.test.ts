import { expect, test } from 'vitest';
import {
  createMetricReader,
  readEmbeddedMetrics,
} from '../../../../local/alerts/embedded-metrics.ts';
import type { DataPoint, Metric } from '../../../../local/alerts/metric.ts';

const AT = 1_700_000_000_000;
const embedded = (fields: object, names: readonly string[], Dimensions = [['Stage']]) => ({
  _aws: {
    Timestamp: AT,
    CloudWatchMetrics: [
      {
        Namespace: 'Stockbook',
        Dimensions,
        Metrics: names.map((Name) => ({ Name, Unit: 'Count' })),
      },
    ],
  },
  Stage: 'dev',
  ...fields,
});
const read = (line: object) => readEmbeddedMetrics(JSON.stringify(line));
const point = (
  name: string,
  value: number,
  dimensions: Metric['dimensions'] = { Stage: 'dev' },
) => ({
  namespace: 'Stockbook',
  name,
  dimensions,
  value,
  at: AT,
});

test('returns each metric of a line', () => {
  expect(read(embedded({ One: 1, Two: 2 }, ['One', 'Two']))).toEqual([
    point('One', 1),
    point('Two', 2),
  ]);
});

test('returns each value and each set of dimensions', () => {
  const line = embedded({ One: [1, 2], Region: 'eu' }, ['One'], [['Stage', 'Region'], []]);

  expect(read(line)).toEqual([
    point('One', 1, { Stage: 'dev', Region: 'eu' }),
    point('One', 2, { Stage: 'dev', Region: 'eu' }),
    point('One', 1, {}),
    point('One', 2, {}),
  ]);
});

test('skips a metric and a dimension without a value', () => {
  expect(read(embedded({ One: 'x' }, ['One', 'Two']))).toEqual([]);
  expect(read(embedded({ One: 1 }, ['One'], [['Region']]))).toEqual([]);
});

test.each([
  ['{"message":"no metrics"}'],
  ['not JSON, with "CloudWatchMetrics"'],
  ['{"_aws":{"CloudWatchMetrics":"none"}}'],
])('returns nothing for the line %s', (line) => {
  expect(readEmbeddedMetrics(line)).toEqual([]);
});

test('reads lines that are split over chunks, within a character too', () => {
  const found: (Metric & DataPoint)[] = [];
  const write = createMetricReader((metric) => found.push(metric));
  const line = `${JSON.stringify(embedded({ One: 1, Stage: 'é' }, ['One']))}\n`;
  const bytes = Buffer.from(line + line);

  for (const byte of bytes) write(Buffer.from([byte]));

  expect(found).toEqual([point('One', 1, { Stage: 'é' }), point('One', 1, { Stage: 'é' })]);
});
