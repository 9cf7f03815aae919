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

/** Billed units of a request. `writeUnits` has no units of indexes. */
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
 * Returns the units of a request that wrote its items, from the images before and after. In a
 * transaction each takes twice its units, a ConditionCheck as much as a write; the indexes follow
 * once.
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

/**
 * Returns the units of one action before its result is known: a put has its item, other actions use
 * the current item.
 */
export const expectedUnits = (
  action: Action,
  before: Item | undefined,
  transactional: boolean,
): number => transactionFactor(transactional) * writeUnits({ before, after: action.item });

/**
 * Returns the units of a request that wrote nothing, because of a failed condition or a conflict. A
 * single write takes the units of the current item. AWS does not document how much of a cancelled
 * transaction is billed: here all of it, the maximum.
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

/** Returns the units of reading single items; in a batch each is rounded separately. */
export const itemsReadUnits = (
  items: readonly (Item | undefined)[],
  consistency: Consistency,
): Units => ({
  ...NO_UNITS,
  readUnits: items.reduce((sum, item) => sum + itemReadUnits(item, consistency), 0),
});
