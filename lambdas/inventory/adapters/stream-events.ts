import { derivedEvents } from '../../shared/event-bus.ts';
import type { Item, ItemChange } from '../../shared/stream-handler.ts';
import { countsOf, eventsOf } from '../domain/events.ts';
import type { CellChange } from '../domain/stock-level.ts';
import { isBalance, toCell, toRecord } from './stock-records.ts';

/** Returns the events of one change of the table. */
export const eventsOfItems = derivedEvents(toRecord, eventsOf);

/** What is counted of a change besides its events. */
export const countsOfItem = (after: Item | undefined) => countsOf(toRecord(after));

/** A cell before and after a change of the table; nothing for a change of something else. */
export const cellsOfItems = ({ before, after }: ItemChange): CellChange => ({
  before: toBalance(before),
  after: toBalance(after),
});

const toBalance = (item: Item | undefined) =>
  item !== undefined && isBalance(item) ? toCell(item) : undefined;
