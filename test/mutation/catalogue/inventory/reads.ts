import { inCells, type Mutant } from '../../mutant.ts';

const readUnmoved = inCells('use-cases/audit/read-at-one-version');
const explainStock = inCells('use-cases/stock/explain-stock');

/**
 * Guards that make a read of several cells count each unit once, and a response contain only what
 * the request itself wrote.
 */
export const READ_MUTANTS: readonly Mutant[] = [
  readUnmoved(
    'units that move while the cells are read are counted twice or never',
    'after.get(sku)?.version !== version || value === undefined',
    'value === undefined',
  ),
  readUnmoved(
    'a SKU whose units move all the time is read for ever',
    '    if (attempt === READS_MAX)',
    '    if (attempt === Number.POSITIVE_INFINITY)',
  ),
  readUnmoved(
    'a SKU whose units moved is left out of a page',
    '    remaining = changedSkus;',
    '    remaining = changedSkus.slice(changedSkus.length);',
  ),
  explainStock(
    'an explanation sums cells between which units move',
    '    at <= now - MOVEMENT_DELAY_MILLISECONDS_MAX',
    '    at <= now',
  ),
  explainStock(
    'an explanation of the past waits for units that move now',
    '    at <= now - MOVEMENT_DELAY_MILLISECONDS_MAX',
    '    at < 0',
  ),
  inCells('use-cases/load-state')(
    'goods that come in make a SKU again that exists',
    '    stockItems: [cell.sku],\n',
    '',
  ),
];
