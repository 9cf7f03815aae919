import { RECONCILIATION_SOURCE } from '../../contracts/events.ts';
import { createEventPublisher } from '../../shared/events/event-publisher.ts';
import { isSameVersion, streamHandler } from '../../shared/events/stream-handler.ts';
import { deadLetterSender, eventBusName, eventsOfItems, itemReader, metrics } from '../wiring.ts';

export const handler = streamHandler({
  sendDeadLetter: deadLetterSender(),
  fallback: { read: itemReader(), matches: isSameVersion },
  run: createEventPublisher({
    busName: eventBusName(),
    source: RECONCILIATION_SOURCE,
    eventsOf: eventsOfItems,
    metrics: metrics(),
  }),
});
