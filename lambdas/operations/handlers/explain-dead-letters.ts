import { DEAD_LETTERS_MAX, DeadLetterQueuePath } from '../../contracts/dead-letters-api.ts';
import { noSuchQueue } from '../../shared/http/dead-letter-problems.ts';
import { httpHandler, ok } from '../../shared/http/http-handler.ts';
import { explainLetters } from '../use-cases/explain-letters.ts';
import { explainPorts } from '../wiring.ts';

const ports = explainPorts();

export const handler = httpHandler({
  path: DeadLetterQueuePath,
  run: ({ path: { queue }, now }) =>
    explainLetters(ports, { queue, lettersMax: DEAD_LETTERS_MAX, now }),
  respond: (list) => ok(list),
  refusals: { noSuchQueue },
});
