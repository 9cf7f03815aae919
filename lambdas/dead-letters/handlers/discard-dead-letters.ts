import {
  DeadLetterQueuePath,
  DiscardRequest,
  MESSAGES_PER_REQUEST_MAX,
} from '../../contracts/dead-letters-api.ts';
import { queueNotFound } from '../../shared/http/dead-letter-problems.ts';
import { httpHandler, okResponse } from '../../shared/http/http-handler.ts';
import { discardMessages } from '../use-cases/redrive-messages.ts';
import { deadLetterQueues } from '../wiring.ts';

const deadLetters = deadLetterQueues();

export const handler = httpHandler({
  path: DeadLetterQueuePath,
  body: DiscardRequest,
  idempotent: true,
  run: ({ path, body, caller }) =>
    discardMessages(deadLetters, {
      ...path,
      ...body,
      messagesMax: MESSAGES_PER_REQUEST_MAX,
      by: caller.id,
    }),
  respond: (report) => okResponse(report),
  errors: { noSuchQueue: queueNotFound },
});
