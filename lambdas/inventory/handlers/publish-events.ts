import { INVENTORY_SOURCE } from '../../contracts/events.ts';
import { eventPublisher } from '../../shared/events/event-bus.ts';
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
  deadLetters: deadLetters(),
  mended: { stored: storedItem(), isOf: isSameVersion },
  run: eventPublisher({
    busName: eventBusName(),
    source: INVENTORY_SOURCE,
    eventsOf: eventsOfItems,
    countsOf: countsOfItem,
    metrics: metrics(),
  }),
});
