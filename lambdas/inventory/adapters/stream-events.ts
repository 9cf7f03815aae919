import type { Item, ItemChange } from '../../shared/stream-handler.ts';
import { countsOf, eventsOf } from '../domain/events.ts';
import type { CellChange } from '../domain/stock-level.ts';
import { toCell, toRecord } from './stock-items.ts';

/** The events of one change of the table. */
export const eventsOfItems = (before: Item | undefined, after: Item | undefined) =>
  eventsOf(toRecord(before), toRecord(after));

/** What is counted of a change besides its events. */
export const countsOfItem = (after: Item | undefined) => countsOf(toRecord(after));

/** A cell before and after a change of the table; nothing for a change of something else. */
export const cellsOfItems = ({ before, after }: ItemChange): CellChange => ({
  before: toBalance(before),
  after: toBalance(after),
});

const toBalance = (item: Item | undefined) => (item?.type === 'balance' ? toCell(item) : undefined);
