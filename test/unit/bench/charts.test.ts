import { describe, expect, test } from 'vitest';
import { barChart, lineChart, stackedBarChart } from '../../../bench/charts.ts';

const lines = {
  title: 'Holds',
  subtitle: '64 buyers',
  xName: 'shards',
  yName: 'holds a second',
  series: [
    {
      name: 'ours',
      points: [
        [1, 90],
        [2, 180],
        [20, 1_700],
      ] as const,
    },
    {
      name: 'one row',
      dashed: true,
      points: [
        [1, 80],
        [20, 80],
      ] as const,
    },
  ],
};
const bars = {
  title: 'Cost',
  valueName: 'USD',
  categories: ['completed', 'abandoned'],
  series: [
    { name: 'tables', values: [40, 20] },
    { name: 'functions', values: [30, 10] },
  ],
};
/** Matches the lines of series: only their strokes have rounded corners. */
const LINE = /<path [^>]*stroke-linejoin="bevel"[^>]*>/g;

/** Returns the texts of a chart, in order. */
const wordsOf = (svg: string) =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, word]) => word);
/** Returns the heights in pixels of the bars of a colour. */
const heightsOf = (svg: string, colour: string) =>
  [...svg.matchAll(new RegExp(`<path d="M[^"]*l0 -(\\d+)l[^"]*Z" fill="${colour}"`, 'g'))].map(
    ([, height]) => Number(height),
  );

describe('a line chart', () => {
  test('has a title for screen readers', () => {
    expect(lineChart({ ...lines, title: 'Holds < 2 & more' })).toMatch(
      /^<svg [^>]*>\n<title>Holds &lt; 2 &amp; more<\/title>/,
    );
  });

  test('has its texts and the names of axes and series', () => {
    expect(wordsOf(lineChart(lines))).toEqual(
      expect.arrayContaining(['Holds', '64 buyers', 'shards', 'holds a second', 'ours', 'one row']),
    );
  });

  test('has a line for each series, a baseline dashed', () => {
    const drawn = lineChart(lines).match(LINE) ?? [];

    expect(
      drawn.map((line) => [/stroke="(#\w+)"/.exec(line)?.[1], line.includes('dasharray')]),
    ).toEqual([
      ['#0072b2', false],
      ['#d55e00', true],
    ]);
  });

  test('labels the measured values on a logarithmic axis', () => {
    expect(wordsOf(lineChart({ ...lines, logX: true }))).toEqual(
      expect.arrayContaining(['1', '2', '20']),
    );
    expect(wordsOf(lineChart(lines))).not.toContain('2');
  });

  test('extends the axis to a limit above all values', () => {
    expect(wordsOf(lineChart({ ...lines, limit: { name: 'goal', value: 4_000 } }))).toEqual(
      expect.arrayContaining(['goal', '5,000']),
    );
  });

  test('throws without data', () => {
    expect(() => lineChart({ ...lines, series: [] })).toThrow('"Holds" has nothing to draw');
    expect(() => lineChart({ ...lines, series: [{ name: 'ours', points: [] }] })).toThrow(
      'nothing to draw',
    );
  });
});

describe('a bar chart', () => {
  test('names each bar', () => {
    expect(wordsOf(barChart(bars))).toEqual(
      expect.arrayContaining(['completed', 'abandoned', 'USD']),
    );
  });

  test('stacks the parts of a sum: the axis reaches the sum', () => {
    expect(wordsOf(barChart(bars))).not.toContain('70');
    expect(wordsOf(stackedBarChart(bars))).toContain('70');
  });

  test('draws twice the value twice as high', () => {
    const [completed = 0, abandoned = 0] = heightsOf(barChart(bars), '#0072b2');

    expect(completed / abandoned).toBeCloseTo(2, 1);
  });

  test('grows with the number of horizontal bars', () => {
    const many = {
      ...bars,
      categories: Array.from({ length: 40 }, (_, index) => `context/handler-${index}`),
      series: [{ name: 'bytes', values: Array.from({ length: 40 }, (_, index) => index) }],
    };

    expect(barChart({ ...many, horizontal: true })).toMatch(/^<svg width="840" height="880"/);
    expect(barChart(bars)).toMatch(/^<svg width="840" height="420"/);
  });

  test('throws unless there is one value for each bar', () => {
    expect(() => barChart({ ...bars, series: [{ name: 'tables', values: [40] }] })).toThrow(
      '"Cost": tables has 1 values for 2 bars',
    );
  });
});

test('the same chart has the same text, however many were drawn before', () => {
  const first = lineChart(lines);
  barChart(bars);

  expect(lineChart(lines)).toBe(first);
  expect(first).toContain('fill="#ffffff"');
});
