import { readEach } from '../../shared/dynamodb/read-record.ts';
import { derivedEvents } from '../../shared/events/event-bus.ts';
import type { Item, ItemChange } from '../../shared/events/stream-handler.ts';
import { countsOf, eventsOf } from '../domain/ledger/events.ts';
import type { CellChange } from '../domain/stock/stock-level.ts';
import { isBalance, toCell, toRecord } from './stock-records.ts';

/** Returns the events of one change of the table. */
export const eventsOfItems = derivedEvents(toRecord, eventsOf);

/** What is counted of a change besides its events. */
export const countsOfItem = (after: Item | undefined) => countsOf(toRecord(after));

/**
 * Returns a cell before and after a change of the table; nothing for a change of something else. A cell that could not be read before is
 * as one that was not there. Throws UnreadableRecord where it cannot be read after.
 */
export const cellsOfItems = ({ before, after }: ItemChange): CellChange => ({
  before: readEach(before === undefined ? [] : [before], toBalance).values[0],
  after: toBalance(after),
});

const toBalance = (item: Item | undefined) =>
  item !== undefined && isBalance(item) ? toCell(item) : undefined;
