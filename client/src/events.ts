import type { components } from './generated/events.ts';

type Events = components['schemas'];

/** Names of the events on the bus, as in `detail-type`. */
export type EventType = keyof Events;
/** An event as EventBridge delivers it. */
export type StockbookEvent<Type extends EventType = EventType> = Events[Type];

const SOURCE_PREFIX = 'stockbook.';

/** Returns true for an event of Stockbook with this name, whose `detail` then has its type. */
export const isEvent = <Type extends EventType>(
  type: Type,
  event: object,
): event is StockbookEvent<Type> =>
  'source' in event &&
  typeof event.source === 'string' &&
  event.source.startsWith(SOURCE_PREFIX) &&
  'detail-type' in event &&
  event['detail-type'] === type;
