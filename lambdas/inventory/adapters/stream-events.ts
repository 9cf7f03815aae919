import type { Item } from '../../shared/dynamodb/item.ts';
import { separateUnreadable } from '../../shared/dynamodb/read-record.ts';
import { createEventDeriver } from '../../shared/events/event-publisher.ts';
import type { ItemChange } from '../../shared/events/stream-change.ts';
import { eventsOf, metricsOf } from '../domain/ledger/events.ts';
import type { WatchedChange } from '../domain/stock/watched-change.ts';
import {
  isBalance,
  isLocation,
  isStockItem,
  toBookRecord,
  toCell,
  toLocation,
} from './book-records.ts';
import { toStockItem } from './stock-item-records.ts';

/** Returns the events of one change of the table. */
export const eventsOfItemChange = createEventDeriver(toBookRecord, eventsOf);

/** Returns the metrics of one change, besides its events. */
export const metricsOfItem = (after: Item | undefined) => metricsOf(toBookRecord(after));

/**
 * Returns a change that levels may depend on, or undefined for a change of another kind of record.
 * An unreadable old image counts as absent. Throws UnreadableRecordError for an unreadable new
 * image.
 */
export function watchedChangeOf({ before, after }: ItemChange): WatchedChange | undefined {
  if (after === undefined) return undefined;
  if (isBalance(after)) return { kind: 'balance', ...imagesOf(before, after, toCell) };
  if (isStockItem(after)) return { kind: 'settings', ...imagesOf(before, after, toStockItem) };
  if (isLocation(after)) return { kind: 'location', ...imagesOf(before, after, toLocation) };
  return undefined;
}

const imagesOf = <Value>(
  before: Item | undefined,
  after: Item,
  read: (item: Item) => Value,
): { readonly before: Value | undefined; readonly after: Value } => ({
  before: separateUnreadable(before === undefined ? [] : [before], read).items[0],
  after: read(after),
});
