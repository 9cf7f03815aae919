import {
  DEAD_LETTERS_MAX,
  DeadLetterQueuePath,
  DiscardRequest,
} from '../../contracts/dead-letters-api.ts';
import { noSuchQueue } from '../../shared/http/dead-letter-problems.ts';
import { httpHandler, ok } from '../../shared/http/http-handler.ts';
import { discardLetters } from '../use-cases/treat-letters.ts';
import { deadLetters } from '../wiring.ts';

const letters = deadLetters();

export const handler = httpHandler({
  path: DeadLetterQueuePath,
  body: DiscardRequest,
  idempotent: true,
  run: ({ path, body, caller }) =>
    discardLetters(letters, { ...path, ...body, lettersMax: DEAD_LETTERS_MAX, by: caller.id }),
  respond: (report) => ok(report),
  refusals: { noSuchQueue },
});
