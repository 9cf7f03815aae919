import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const DOCS = fileURLToPath(new URL('../../../docs', import.meta.url));
const page = readFileSync(`${DOCS}/PERFORMANCE.md`, 'utf8');
const listFiles = (ending: string) => globSync(`performance/*.${ending}`, { cwd: DOCS }).sort();
const filesNamedIn = (pattern: RegExp) =>
  [...new Set([...page.matchAll(pattern)].map(([, file]) => file))].sort();

describe('docs/PERFORMANCE.md', () => {
  test('shows every plot in docs/performance, and no other', () => {
    expect(listFiles('svg').length).toBeGreaterThan(3);
    expect(filesNamedIn(/!\[[^\]]+\]\((performance\/[^)]+\.svg)\)/g)).toEqual(listFiles('svg'));
  });

  test('links every file of figures in docs/performance, and no other', () => {
    expect(listFiles('json').length).toBeGreaterThan(2);
    expect(filesNamedIn(/\]\((performance\/[^)]+\.json)\)/g)).toEqual(listFiles('json'));
  });

  test.each(listFiles('json'))('%s names its benchmark and its machine', (file) => {
    const figures = JSON.parse(readFileSync(`${DOCS}/${file}`, 'utf8'));

    expect(`performance/${figures.bench}.json`).toBe(file);
    expect(figures).toMatchObject({ at: expect.any(String), machine: { cpu: expect.any(String) } });
  });
});
