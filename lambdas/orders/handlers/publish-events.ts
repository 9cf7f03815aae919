import { ORDERS_SOURCE } from '../../contracts/events.ts';
import { eventPublisher } from '../../shared/events/event-bus.ts';
import { isSameVersion, streamHandler } from '../../shared/events/stream-handler.ts';
import { deadLetters, eventBusName, eventsOfItems, metrics, storedItem } from '../wiring.ts';

export const handler = streamHandler({
  deadLetters: deadLetters(),
  mended: { stored: storedItem(), isOf: isSameVersion },
  run: eventPublisher({
    busName: eventBusName(),
    source: ORDERS_SOURCE,
    eventsOf: eventsOfItems,
    metrics: metrics(),
  }),
});
