import { type Mutant, ofCells } from '../mutant.ts';

const readUnmoved = ofCells('use-cases/audit/read-unmoved');
const explain = ofCells('use-cases/stock/explain-stock');
const entering = ofCells('use-cases/stock/enter-stock');

/** What makes a read of several cells count each unit once, and a response say only what the request itself wrote. */
export const OF_READS: readonly Mutant[] = [
  readUnmoved(
    'units that move while the cells are read are counted twice or never',
    'after.get(sku)?.version !== version || value === undefined',
    'value === undefined',
  ),
  readUnmoved(
    'a SKU whose units move all the time is read for ever',
    '    if (tried === READS_MAX)',
    '    if (tried === Number.POSITIVE_INFINITY)',
  ),
  readUnmoved(
    'a SKU whose units moved is left out of a page',
    '    open = moved;',
    '    open = moved.slice(moved.length);',
  ),
  explain(
    'an explanation sums cells between which units move',
    '    at <= now - SETTLED_MILLISECONDS',
    '    at <= now',
  ),
  explain(
    'an explanation of the past waits for units that move now',
    '    at <= now - SETTLED_MILLISECONDS',
    '    at < 0',
  ),
  entering(
    'goods that come in make a SKU again that exists',
    '  return record === undefined ? state : { ...state, sku: record };',
    '  return record === undefined ? { ...state } : state;',
  ),
];
