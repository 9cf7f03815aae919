import { BarChart, LineChart } from 'echarts/charts';
import {
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
} from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

echarts.use([
  BarChart,
  LineChart,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
  SVGRenderer,
]);

const WIDTH_PIXELS = 840;
const HEIGHT_PIXELS = 420;
const ROW_PIXELS = 18;
const HEAD_PIXELS = 104;
const FOOT_PIXELS = 56;
/** Of a letter of an axis's label, about. */
const LETTER_PIXELS = 6.6;
const LABEL_MARGIN_PIXELS = 16;
const NAME_GAP_PIXELS = 48;
/** Okabe and Ito's, which people with any colour vision tell apart, without its yellow, which white swallows. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#000000'];
const INK = '#1f2328';
const GRID_COLOUR = '#d0d7de';
const FONT = 'Helvetica, Arial, sans-serif';

type Heading = { readonly title: string; readonly subtitle?: string };
/** A line across that a figure is to stay under, or to reach. */
type LimitLine = { readonly name: string; readonly value: number };

export type LineChartOptions = Heading & {
  /** What an axis counts, with its unit. */
  readonly xName: string;
  readonly yName: string;
  readonly logX?: boolean;
  readonly logY?: boolean;
  readonly limit?: LimitLine;
  readonly series: readonly {
    readonly name: string;
    readonly points: readonly (readonly [x: number, y: number])[];
    /** For a baseline, a peer or a goal. */
    readonly dashed?: boolean;
  }[];
};

export type BarChartOptions = Heading & {
  /** What the bars count, with its unit. */
  readonly valueName: string;
  /** What each bar is, or each group of bars. */
  readonly categories: readonly string[];
  /** Bars that lie have room for long names. */
  readonly horizontal?: boolean;
  readonly limit?: LimitLine;
  /** As many values as there are categories. */
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
};

/** The SVG of lines over a number. The same lines give the same text, to the byte. */
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
      // A decade has one label otherwise, and the axis ends at the next.
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

/** The SVG of bars, those of a category side by side. */
export const barChart = (bars: BarChartOptions): string => renderBars(bars, false);

/** The SVG of bars, those of a category one upon the other: parts of a whole. */
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
  const longest = Math.max(...categories.map(({ length }) => length)) * LETTER_PIXELS;
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

/** A chart of nothing would be kept as if it were one. */
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
    // Without a browser the width of words is a guess.
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
  // The library does not make room for a line that no figure comes near to.
  max: ({ max }: { max: number }) =>
    limit === undefined || limit.value < max ? undefined : roundUp(limit.value),
});

/** The next number of one digit, and noughts: an axis may end there. */
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

/**
 * What a picture needs: without the styles and marks for a mouse, and without the library's count of the charts it drew, by which the
 * same chart would be another text.
 */
const normalizeSvg = (svg: string): string =>
  svg
    .replaceAll(/ (?:class="zr\d+-cls-\d+"|ecmeta_\w+="[^"]*")/g, '')
    .replace(/<style ?>[\s\S]*?<\/style>\n?/, '')
    .replaceAll(/zr\d+-/g, 'zr-');

/** Said by whoever reads a page aloud. */
const addTitle = (svg: string, title: string): string =>
  svg.replace(
    /^(<svg [^>]*>)/,
    (tag) => `${tag}\n<title>${echarts.format.encodeHTML(title)}</title>`,
  );

type ChartOptions = Readonly<Record<string, unknown>> & {
  readonly title: { readonly text: string };
};

function renderSvg(height: number, option: ChartOptions): string {
  const chart = echarts.init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: WIDTH_PIXELS,
    height,
  });
  try {
    chart.setOption({
      animation: false,
      // A page may be dark; the ink is not for it.
      backgroundColor: '#ffffff',
      color: COLOURS,
      textStyle: { fontFamily: FONT },
      ...option,
    });
    return `${addTitle(normalizeSvg(chart.renderToSVGString()), option.title.text)}\n`;
  } finally {
    chart.dispose();
  }
}
