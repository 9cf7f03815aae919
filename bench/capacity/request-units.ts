import type { Action } from './actions.ts';
import type { Item } from './item-size.ts';
import type { TableShape } from './table-shape.ts';
import {
  allIndexesWriteUnits,
  type Consistency,
  type Images,
  itemReadUnits,
  TRANSACTION_FACTOR,
  writeUnits,
} from './units.ts';

/** What a request is billed. Units of indexes are not in `writeUnits`. */
export type Units = {
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly gsiWriteUnits: number;
};

export const NO_UNITS: Units = { readUnits: 0, writeUnits: 0, gsiWriteUnits: 0 };

export type ItemWrite = { readonly action: Action; readonly images: Images };

const transactionFactor = (transactional: boolean): number =>
  transactional ? TRANSACTION_FACTOR : 1;

/**
 * Units of a request that wrote its items, by what they were before and after. In a transaction each takes twice its units, a
 * ConditionCheck as much as a write; the indexes follow once.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-capacity-handling
 */
export const writtenUnits = (
  written: readonly ItemWrite[],
  transactional: boolean,
  shapeOf: (table: string) => TableShape,
): Units =>
  written.reduce(
    (sum, { action, images }) => ({
      readUnits: 0,
      writeUnits: sum.writeUnits + transactionFactor(transactional) * writeUnits(images),
      gsiWriteUnits: sum.gsiWriteUnits + allIndexesWriteUnits(shapeOf(action.table), images),
    }),
    NO_UNITS,
  );

/** What one action would take of the table before it is known what it leaves: a put has its item, all else what is there. */
export const expectedUnits = (
  action: Action,
  before: Item | undefined,
  transactional: boolean,
): number => transactionFactor(transactional) * writeUnits({ before, after: action.item });

/**
 * Units of a request that wrote nothing, for a condition that failed or a conflict. A single write takes those of what is there. How much
 * of a cancelled transaction is billed no page says: here all of it, the most that it can be.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html#write-operation-consumption
 */
export const rejectedUnits = (
  rejected: readonly { readonly action: Action; readonly before: Item | undefined }[],
  transactional: boolean,
): Units => ({
  ...NO_UNITS,
  writeUnits: rejected.reduce(
    (sum, { action, before }) =>
      sum + (transactional ? expectedUnits(action, before, true) : writeUnits({ before })),
    0,
  ),
});

/** Units of reading so many single items; in a batch each is rounded on its own. */
export const itemsReadUnits = (
  items: readonly (Item | undefined)[],
  consistency: Consistency,
): Units => ({
  ...NO_UNITS,
  readUnits: items.reduce((sum, item) => sum + itemReadUnits(item, consistency), 0),
});
