import { indent } from '../terminal/style.ts';
import { formatTable } from '../terminal/table.ts';
import type { Stock } from './demo-client.ts';

/** Headings of the quantities, in English. */
export const QUANTITIES = ['on hand', 'available', 'held', 'committed'] as const;

/** Formats the quantities of some SKUs as an indented table. `headings` are those of quantities. */
export const formatStocks = (
  stocks: readonly Stock[],
  headings: readonly string[] = QUANTITIES,
): string =>
  indent(
    formatTable([
      ['sku', ...headings],
      ...stocks.map(({ sku, onHand, available, held, committed }) => [
        sku,
        onHand,
        available,
        held,
        committed,
      ]),
    ]),
  );
