import Table from 'cli-table3';
import { bold } from './style.ts';

/** Style of all tables in a terminal. The library's own colours ignore NO_COLOR. */
export const TABLE_STYLE = { head: [], border: [], compact: true };

type Cell = string | number;

/** Matches numbers, and pairs of them: `4 | 4`. */
const NUMBERS = /^-?\d+( \| -?\d+)?$/;

/** Formats a table. The first row is the heading. Columns of numbers are aligned to the right. */
export function formatTable([heading = [], ...rows]: readonly (readonly Cell[])[]): string {
  const table = new Table({
    head: heading.map((cell) => bold(String(cell))),
    colAligns: heading.map((_, column) =>
      rows.every((row) => NUMBERS.test(String(row[column]))) ? 'right' : 'left',
    ),
    style: TABLE_STYLE,
  });
  table.push(...rows.map((row) => row.map(String)));
  return table.toString();
}
