import { barChart, stackedBarChart } from '../charts.ts';

export type BundleSize = {
  readonly name: string;
  readonly bytes: number;
  readonly gzipBytes: number;
};
export type ColdStartResult = BundleSize & {
  readonly importMilliseconds: number;
  readonly responseMilliseconds: number;
  /** The median of the sums, which is not the sum of the medians. */
  readonly totalMilliseconds: number;
  readonly cpuMilliseconds: number;
};

const BYTES_PER_KILOBYTE = 1_000;

export const createColdStartCharts = (
  timed: readonly ColdStartResult[],
  sizes: readonly BundleSize[],
  { rounds, gzipBytesGoal }: { readonly rounds: number; readonly gzipBytesGoal: number },
) => ({
  'cold-start-times': stackedBarChart({
    title: 'Import and first response of a fresh process',
    subtitle: `median of ${rounds}; DynamoDB's responses are recorded and returned immediately`,
    valueName: 'milliseconds',
    horizontal: true,
    categories: timed.map(({ name }) => name),
    series: [
      { name: 'import', values: timed.map(({ importMilliseconds }) => round(importMilliseconds)) },
      {
        name: 'first response',
        values: timed.map(({ responseMilliseconds }) => round(responseMilliseconds)),
      },
    ],
  }),
  'cold-start-sizes': barChart({
    title: 'Size of each bundle',
    subtitle: 'minified, gzip -9',
    valueName: 'kilobytes',
    horizontal: true,
    limit: {
      name: `goal of reserve-stock: ${gzipBytesGoal / BYTES_PER_KILOBYTE}`,
      value: gzipBytesGoal / BYTES_PER_KILOBYTE,
    },
    categories: sizes.map(({ name }) => name),
    series: [
      { name: 'gzip', values: sizes.map(({ gzipBytes }) => round(gzipBytes / BYTES_PER_KILOBYTE)) },
    ],
  }),
});

const round = (value: number): number => Number(value.toFixed(1));
