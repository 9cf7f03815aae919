import { formatStocks } from '../demo/stock-table.ts';
import { bold, dim, indent } from '../terminal/style.ts';
import { formatTable } from '../terminal/table.ts';
import type { Messages } from './messages/message-types.ts';
import type { Screen } from './scene.ts';

/** Creates what scenes print with. `print` receives one paragraph at a time. */
export function createScreen(
  { labels, balances }: Messages,
  print: (text: string) => void,
): Screen {
  const table: Screen['table'] = (rows) => print(indent(formatTable(rows)));
  return {
    say: (text) => print(indent(text)),
    naive: (text) => print(indent(`${bold(labels.naive)}: ${text}`)),
    stocks: (stocks) => print(formatStocks(stocks, balances)),
    timeline: ({ timeline, payment }) =>
      print(
        indent(
          `${timeline.map(({ status }) => status).join(dim(' → '))}; ${labels.payment} ${payment?.status}`,
        ),
      ),
    table,
  };
}
