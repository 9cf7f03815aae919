import { PAYMENTS_SOURCE } from '../../contracts/events.ts';
import { eventPublisher } from '../../shared/event-bus.ts';
import { streamHandler } from '../../shared/stream-handler.ts';
import { eventBusName, eventsOfItems, metrics } from '../wiring.ts';

export const handler = streamHandler({
  run: eventPublisher({
    busName: eventBusName(),
    source: PAYMENTS_SOURCE,
    eventsOf: eventsOfItems,
    metrics: metrics(),
  }),
});
