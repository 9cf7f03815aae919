import { readFileSync } from 'node:fs';

export const PERFORMANCE_PAGE = new URL('../../docs/PERFORMANCE.md', import.meta.url);

/**
 * Returns docs/PERFORMANCE.md with a computed table in its place, between two comments of that
 * name.
 */
export function insertTable(
  name: string,
  table: string,
  page = readFileSync(PERFORMANCE_PAGE, 'utf8'),
): string {
  const begin = `<!-- ${name} begin -->\n`;
  const end = `<!-- ${name} end -->`;
  const [before = '', rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined)
    throw new Error(`docs/PERFORMANCE.md needs the lines ${begin.trim()} and ${end}`);
  return `${before}${begin}${table}${end}${after}`;
}

/** Returns a row of a table in Markdown. */
export const tableRow = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
