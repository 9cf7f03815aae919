import type { Action } from './actions.ts';
import type { Item } from './item-size.ts';
import type { TableShape } from './table-shape.ts';
import {
  allIndexesWriteUnits,
  type Consistency,
  type Images,
  itemReadUnits,
  TRANSACTIONAL_TIMES,
  writeUnits,
} from './units.ts';

/** What a request is billed. Units of indexes are not in `writeUnits`. */
export type Units = {
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly gsiWriteUnits: number;
};

export const NO_UNITS: Units = { readUnits: 0, writeUnits: 0, gsiWriteUnits: 0 };

export type Written = { readonly action: Action; readonly images: Images };

/**
 * Units of a write request by its items, before and after. In a transaction each item takes twice its units, a ConditionCheck as much as a
 * write; the indexes follow once. Of a request that wrote nothing (a failed condition, a cancelled transaction) the images are those of
 * before. How much of a cancelled transaction is billed no page says: here all of it, which is the most that it can be.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-capacity-handling
 */
export function writeRequestUnits(
  written: readonly Written[],
  transactional: boolean,
  shapeOf: (table: string) => TableShape,
): Units {
  const times = transactional ? TRANSACTIONAL_TIMES : 1;
  return written.reduce(
    (sum, { action, images }) => ({
      readUnits: 0,
      writeUnits: sum.writeUnits + times * writeUnits(images),
      gsiWriteUnits: sum.gsiWriteUnits + allIndexesWriteUnits(shapeOf(action.table), images),
    }),
    NO_UNITS,
  );
}

/** Units of reading so many single items; in a batch each is rounded on its own. */
export const readRequestUnits = (items: readonly (Item | undefined)[], consistency: Consistency): Units => ({
  ...NO_UNITS,
  readUnits: items.reduce((sum, item) => sum + itemReadUnits(item, consistency), 0),
});

/** A transaction whose token was used before reads its items instead of writing them. */
export const repeatedTransactionUnits = (items: readonly (Item | undefined)[]): Units =>
  readRequestUnits(items, 'transactional');
