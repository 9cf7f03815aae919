import { renderSvg } from './svg-chart.ts';

const HEIGHT_PIXELS = 420;
const ROW_PIXELS = 18;
const HEAD_PIXELS = 104;
const FOOT_PIXELS = 56;
/** Approximate width of a character in the label of an axis. */
const CHARACTER_PIXELS = 6.6;
const LABEL_MARGIN_PIXELS = 16;
const NAME_GAP_PIXELS = 48;
const INK = '#1f2328';
const GRID_COLOUR = '#d0d7de';

type Heading = { readonly title: string; readonly subtitle?: string };
/** Line at a value that a figure must reach or stay under. */
type LimitLine = { readonly name: string; readonly value: number };

export type LineChartOptions = Heading & {
  /** Name of the axis, with its unit. */
  readonly xName: string;
  readonly yName: string;
  readonly logX?: boolean;
  readonly logY?: boolean;
  readonly limit?: LimitLine;
  readonly series: readonly {
    readonly name: string;
    readonly points: readonly (readonly [x: number, y: number])[];
    /** True for a baseline, another project or a goal. */
    readonly dashed?: boolean;
  }[];
};

export type BarChartOptions = Heading & {
  /** Name of the values, with their unit. */
  readonly valueName: string;
  /** Name of each bar, or of each group of bars. */
  readonly categories: readonly string[];
  /** True for horizontal bars, which have room for long names. */
  readonly horizontal?: boolean;
  readonly limit?: LimitLine;
  /** Each series has one value for each category. */
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
};

/** Returns the SVG of a line chart. The same options give the same text, byte for byte. */
export function lineChart({
  xName,
  yName,
  logX,
  logY,
  limit,
  series,
  ...heading
}: LineChartOptions): string {
  requireData(
    heading,
    series.map(({ points }) => points.length),
  );
  return renderSvg(HEIGHT_PIXELS, {
    ...headingOptions(
      heading,
      series.map(({ name }) => name),
    ),
    grid: gridOptions(NAME_GAP_PIXELS + LABEL_MARGIN_PIXELS),
    xAxis: {
      ...numericAxis(xName, { gap: 30, log: logX }),
      // Otherwise a decade has one label, and the axis ends at the next decade.
      ...(logX ? measuredTicks(series.flatMap(({ points }) => points.map(([x]) => x))) : {}),
    },
    yAxis: numericAxis(yName, { gap: NAME_GAP_PIXELS, log: logY, limit }),
    series: series.map(({ name, points, dashed }, index) => ({
      name,
      type: 'line',
      data: points.map((point) => [...point]),
      symbol: 'circle',
      symbolSize: 7,
      lineStyle: { width: 2.5, type: dashed ? 'dashed' : 'solid' },
      ...(index === 0 ? limitMark(limit, 'yAxis') : {}),
    })),
  });
}

/** Returns the SVG of a bar chart, with the bars of a category side by side. */
export const barChart = (bars: BarChartOptions): string => renderBars(bars, false);

/** Returns the SVG of a bar chart, with the bars of a category stacked: the parts of a sum. */
export const stackedBarChart = (bars: BarChartOptions): string => renderBars(bars, true);

function renderBars(
  { valueName, categories, horizontal = false, limit, series, ...heading }: BarChartOptions,
  stacked: boolean,
) {
  requireData(heading, [categories.length, series.length]);
  for (const { name, values } of series)
    if (values.length !== categories.length)
      throw new Error(
        `"${heading.title}": ${name} has ${values.length} values for ${categories.length} bars`,
      );
  const longest = Math.max(...categories.map(({ length }) => length)) * CHARACTER_PIXELS;
  const rows = categories.length * (stacked ? 1 : series.length);
  const names = {
    type: 'category',
    data: [...categories],
    inverse: horizontal,
    axisLabel: { color: INK, interval: 0 },
    axisTick: { show: false },
    axisLine: { lineStyle: { color: INK } },
  };
  const values = numericAxis(valueName, { gap: horizontal ? 30 : NAME_GAP_PIXELS, limit });
  return renderSvg(
    horizontal
      ? Math.max(HEIGHT_PIXELS / 2, HEAD_PIXELS + FOOT_PIXELS + rows * ROW_PIXELS)
      : HEIGHT_PIXELS,
    {
      ...headingOptions(
        heading,
        series.map(({ name }) => name),
      ),
      grid: gridOptions((horizontal ? longest : NAME_GAP_PIXELS) + LABEL_MARGIN_PIXELS),
      ...(horizontal ? { xAxis: values, yAxis: names } : { xAxis: names, yAxis: values }),
      series: series.map(({ name, values: data }, index) => ({
        name,
        type: 'bar',
        data: [...data],
        barMaxWidth: 56,
        ...(stacked ? { stack: 'all' } : {}),
        ...(index === 0 ? limitMark(limit, horizontal ? 'xAxis' : 'yAxis') : {}),
      })),
    },
  );
}

/** Throws for a chart without data, which would otherwise be published. */
function requireData({ title }: Heading, counts: readonly number[]): void {
  if (counts.length === 0 || counts.includes(0)) throw new Error(`"${title}" has nothing to draw`);
}

const headingOptions = ({ title, subtitle = '' }: Heading, names: readonly string[]) => ({
  title: {
    text: title,
    subtext: subtitle,
    left: 12,
    top: 8,
    textStyle: { color: INK, fontSize: 17 },
    subtextStyle: { color: INK, fontSize: 12 },
  },
  legend: {
    show: names.length > 1,
    data: [...names],
    left: 10,
    top: 60,
    // The width of words is an estimate, because no browser measures them.
    itemGap: 32,
    textStyle: { color: INK },
  },
});

const gridOptions = (left: number) => ({ left, right: 56, top: HEAD_PIXELS, bottom: FOOT_PIXELS });

type AxisOptions = {
  readonly gap: number;
  readonly log?: boolean | undefined;
  readonly limit?: LimitLine | undefined;
};

const numericAxis = (name: string, { gap, log, limit }: AxisOptions) => ({
  type: log ? 'log' : 'value',
  name,
  nameLocation: 'middle',
  nameGap: gap,
  nameTextStyle: { color: INK, fontSize: 12 },
  axisLabel: { color: INK },
  axisLine: { show: true, lineStyle: { color: INK } },
  splitLine: { lineStyle: { color: GRID_COLOUR } },
  // ECharts does not extend the axis to a limit line that is above all values.
  max: ({ max }: { max: number }) =>
    limit === undefined || limit.value < max ? undefined : roundUp(limit.value),
});

/** Returns the next larger number that is one digit followed by zeros, where an axis may end. */
function roundUp(value: number): number {
  const digit = 10 ** Math.floor(Math.log10(value));
  return (Math.floor(value / digit) + 1) * digit;
}

function measuredTicks(measured: readonly number[]) {
  const values = [...new Set(measured)].sort((one, other) => one - other);
  return {
    min: values[0],
    max: values.at(-1),
    axisTick: { customValues: values },
    axisLabel: { color: INK, customValues: values },
  };
}

const limitMark = (limit: LimitLine | undefined, axis: 'xAxis' | 'yAxis') =>
  limit === undefined
    ? {}
    : {
        markLine: {
          symbol: 'none',
          lineStyle: { color: INK, type: 'dotted', width: 1.5 },
          label: {
            formatter: limit.name,
            color: INK,
            position: axis === 'xAxis' ? 'start' : 'insideEndTop',
          },
          data: [{ [axis]: limit.value }],
        },
      };
