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
/**
 * Colours of Okabe and Ito, which people with any colour vision can distinguish, without the
 * yellow, which is hard to see on white.
 */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#000000'];
const FONT = 'Helvetica, Arial, sans-serif';

/**
 * Removes the styles and attributes for the mouse, and the number of charts that ECharts has drawn:
 * with it, the same chart would have another text.
 */
const normalizeSvg = (svg: string): string =>
  svg
    .replaceAll(/ (?:class="zr\d+-cls-\d+"|ecmeta_\w+="[^"]*")/g, '')
    .replace(/<style ?>[\s\S]*?<\/style>\n?/, '')
    .replaceAll(/zr\d+-/g, 'zr-');

/** Adds a title, which screen readers read aloud. */
const addTitle = (svg: string, title: string): string =>
  svg.replace(
    /^(<svg [^>]*>)/,
    (tag) => `${tag}\n<title>${echarts.format.encodeHTML(title)}</title>`,
  );

type ChartOptions = Readonly<Record<string, unknown>> & {
  readonly title: { readonly text: string };
};

/** Renders a chart of ECharts as SVG, without a browser. */
export function renderSvg(height: number, option: ChartOptions): string {
  const chart = echarts.init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: WIDTH_PIXELS,
    height,
  });
  try {
    chart.setOption({
      animation: false,
      // The text is dark, and the page may be dark, too.
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
