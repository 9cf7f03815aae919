import type { Item } from '../../shared/dynamodb/item.ts';
import { separateUnreadable } from '../../shared/dynamodb/read-record.ts';
import { createEventDeriver } from '../../shared/events/event-publisher.ts';
import type { ItemChange } from '../../shared/events/stream-change.ts';
import { eventsOf, metricsOf } from '../domain/ledger/events.ts';
import type { CellImages } from '../domain/stock/stock-level.ts';
import { isBalance, toBookRecord, toCell } from './book-records.ts';

/** Returns the events of one change of the table. */
export const eventsOfItemChange = createEventDeriver(toBookRecord, eventsOf);

/** Returns the metrics of one change, besides its events. */
export const metricsOfItem = (after: Item | undefined) => metricsOf(toBookRecord(after));

/**
 * Returns a cell before and after a change of the table, or neither for a change of another kind of
 * record. An unreadable old image counts as absent. Throws UnreadableRecordError for an unreadable
 * new image.
 */
export const cellImagesOf = ({ before, after }: ItemChange): CellImages => ({
  before: separateUnreadable(before === undefined ? [] : [before], toBalance).items[0],
  after: toBalance(after),
});

const toBalance = (item: Item | undefined) =>
  item !== undefined && isBalance(item) ? toCell(item) : undefined;
