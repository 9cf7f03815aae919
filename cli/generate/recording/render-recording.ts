import Anser from 'anser';

/** A line of a terminal, with escape sequences, and its time since the start in milliseconds. */
export type RecordedLine = { readonly at: number; readonly text: string };

const COLUMNS = 122;
const ROWS = 32;
const COLUMN_PIXELS = 7.8;
const ROW_PIXELS = 18;
const PADDING_PIXELS = 16;
const FONT_PIXELS = 13;
const TITLE_BAR_PIXELS = 28;
/** Longer pauses are shortened, because nothing happens in them. */
const PAUSE_MILLISECONDS_MAX = 1_200;
/** The last screen stays before the recording starts again. */
const END_MILLISECONDS = 6_000;
const BACKGROUND = '#0d1117';
const FOREGROUND = '#c9d1d9';
/** Readable colours on the background, by those of the terminal. */
const COLOURS: Readonly<Record<string, string>> = {
  '0, 187, 187': '#56d4dd',
  '0, 187, 0': '#56d364',
  '187, 0, 0': '#ff7b72',
  '187, 187, 0': '#e3b341',
};

/**
 * Renders a recording as an animated SVG, in which lines appear at their times and move up when the
 * screen is full. It needs no script, so that it plays inside an image.
 */
export function renderRecording(title: string, recorded: readonly RecordedLine[]): string {
  const lines = shortenPauses(recorded);
  const duration = Math.ceil((lines.at(-1)?.at ?? 0) + END_MILLISECONDS);
  const percentOf = (at: number): string => ((100 * at) / duration).toFixed(2);
  const appearances = lines.map(
    ({ at }, index) =>
      `@keyframes l${index}{0%{opacity:0}${percentOf(at)}%{opacity:1}100%{opacity:1}}` +
      `.l${index}{animation:l${index} ${duration}ms step-end infinite}`,
  );
  const scrolls = lines.flatMap(({ at }, index) =>
    index < ROWS
      ? []
      : [`${percentOf(at)}%{transform:translateY(-${(index - ROWS + 1) * ROW_PIXELS}px)}`],
  );
  const width = COLUMNS * COLUMN_PIXELS + 2 * PADDING_PIXELS;
  const screen = ROWS * ROW_PIXELS;
  const height = screen + 2 * PADDING_PIXELS + TITLE_BAR_PIXELS;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}">
<style>
text{font:${FONT_PIXELS}px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre;fill:${FOREGROUND}}
.b{font-weight:bold}.d{opacity:.6}
.s{animation:s ${duration}ms step-end infinite}
@keyframes s{0%{transform:translateY(0)}${scrolls.join('')}}
${appearances.join('\n')}
</style>
<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>
<text x="${PADDING_PIXELS}" y="${TITLE_BAR_PIXELS - 8}" class="d">${escapeXml(title)}</text>
<svg x="${PADDING_PIXELS}" y="${TITLE_BAR_PIXELS + PADDING_PIXELS / 2}" width="${width - 2 * PADDING_PIXELS}" height="${screen + PADDING_PIXELS / 2}">
<g class="s">
${lines.map(({ text }, index) => renderLine(text, index)).join('\n')}
</g>
</svg>
</svg>
`;
}

function shortenPauses(recorded: readonly RecordedLine[]): readonly RecordedLine[] {
  let [before, at] = [0, 0];
  return recorded.map((line) => {
    at += Math.min(line.at - before, PAUSE_MILLISECONDS_MAX);
    before = line.at;
    return { at, text: line.text };
  });
}

function renderLine(text: string, index: number): string {
  const spans = Anser.ansiToJson(text, { remove_empty: true }).map(
    ({ content, fg, decorations }) => {
      const classes = decorations.flatMap((one) =>
        one === 'bold' ? ['b'] : one === 'dim' ? ['d'] : [],
      );
      const style = classes.length === 0 ? '' : ` class="${classes.join(' ')}"`;
      // As a style, because the fill of the style sheet would win over an attribute.
      const colour = fg === null ? '' : ` style="fill:${COLOURS[fg] ?? FOREGROUND}"`;
      return `<tspan${style}${colour}>${escapeXml(content)}</tspan>`;
    },
  );
  return `<text class="l${index}" y="${(index + 1) * ROW_PIXELS - 4}">${spans.join('')}</text>`;
}

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
