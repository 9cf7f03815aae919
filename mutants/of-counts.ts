import { type Mutant, ofCells } from './mutant.ts';

const entry = ofCells('domain/stock-entry');

/** Guards of counts, of settings and of what creates a SKU. */
export const OF_COUNTS: readonly Mutant[] = [
  entry(
    'a receipt creates a sku that was not asked for',
    'state.sku === undefined && command.createSku !== true',
    'false',
  ),
];
