import Table from 'cli-table3';
import { bold } from './style.ts';

/** Style of all tables in a terminal. The library's own colours ignore NO_COLOR. */
export const TABLE_STYLE = { head: [], border: [], compact: true };

type Cell = string | number;

/**
 * Formats a table. The first row is the heading. The first column is aligned to the left and all
 * others to the right.
 */
export function formatTable([heading = [], ...rows]: readonly (readonly Cell[])[]): string {
  const table = new Table({
    head: heading.map((cell) => bold(String(cell))),
    colAligns: heading.map((_, column) => (column === 0 ? 'left' : 'right')),
    style: TABLE_STYLE,
  });
  table.push(...rows.map((row) => row.map(String)));
  return table.toString();
}
