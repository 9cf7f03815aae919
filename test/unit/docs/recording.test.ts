import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { renderRecording } from '../../../cli/generate/recording/render-recording.ts';

const read = (file: string): string =>
  readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
const BOLD_GREEN = '\u001b[1m\u001b[32m';

describe('a recording', () => {
  test('shows its lines at their times, and shortens pauses in which nothing happens', () => {
    const svg = renderRecording('npm start', [
      { at: 1_000, text: 'first' },
      { at: 61_000, text: 'second' },
    ]);

    // 1 s, then 1.2 s instead of a minute, and 6 s at the end.
    expect(svg).toContain('.l0{animation:l0 8200ms step-end infinite}');
    expect(svg).toContain('@keyframes l0{0%{opacity:0}12.20%{opacity:1}');
    expect(svg).toContain('@keyframes l1{0%{opacity:0}26.83%{opacity:1}');
  });

  test('has the styles and colours of the terminal', () => {
    const svg = renderRecording('npm start', [{ at: 0, text: `${BOLD_GREEN}Serving\u001b[0m on` }]);

    expect(svg).toContain(
      '<tspan class="b" style="fill:#56d364">Serving</tspan><tspan> on</tspan>',
    );
  });

  test('escapes what XML would read as markup', () => {
    const svg = renderRecording('a & b', [{ at: 0, text: '<b> "quoted" & more' }]);

    expect(svg).toContain('<tspan>&lt;b> &quot;quoted&quot; &amp; more</tspan>');
    expect(svg).toContain('aria-label="a &amp; b"');
  });

  test('moves its lines up when the screen is full', () => {
    const lines = Array.from({ length: 34 }, (_, at) => ({ at: at * 1_000, text: `line ${at}` }));
    const scrolls = /@keyframes s\{(.*)\}$/m.exec(renderRecording('npm start', lines))?.[1];

    expect(scrolls?.match(/translateY/g)).toHaveLength(3);
    expect(scrolls).toContain('translateY(-36px)');
  });

  test('in docs/demo.svg has each heading of the demo (npm run generate -- recording)', () => {
    const svg = read('docs/demo.svg');
    const headings = [
      ...read('local/demo/run-demo.ts').matchAll(/heading\(\s*(['"])(.+?)\1,?\s*\)/g),
    ].map(([, , text = '']) => text);

    expect(headings.length).toBeGreaterThanOrEqual(7);
    expect(headings.filter((text) => !svg.includes(text))).toEqual([]);
  });
});
