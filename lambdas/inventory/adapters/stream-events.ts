import type { Item } from '../../shared/stream-handler.ts';
import { countsOf, eventsOf } from '../domain/events.ts';
import { toRecord } from './stock-items.ts';

/** The events of one change of the table. */
export const eventsOfItems = (before: Item | undefined, after: Item | undefined) =>
  eventsOf(toRecord(before), toRecord(after));

/** What is counted of a change besides its events. */
export const countsOfItem = (after: Item | undefined) => countsOf(toRecord(after));
