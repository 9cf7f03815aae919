import { INVENTORY_SOURCE } from '../../contracts/events.ts';
import { createEventPublisher } from '../../shared/events/event-publisher.ts';
import { isSameVersion, streamHandler } from '../../shared/events/stream-handler.ts';
import {
  countsOfItem,
  deadLetters,
  eventBusName,
  eventsOfItems,
  metrics,
  storedItem,
} from '../wiring.ts';

export const handler = streamHandler({
  sendDeadLetter: deadLetters(),
  fallback: { read: storedItem(), matches: isSameVersion },
  run: createEventPublisher({
    busName: eventBusName(),
    source: INVENTORY_SOURCE,
    eventsOf: eventsOfItems,
    countsOf: countsOfItem,
    metrics: metrics(),
  }),
});
