import { MESSAGES_PER_REQUEST_MAX } from '../../contracts/api/dead-letters.ts';
import * as routes from '../../contracts/routes/dead-letter-routes.ts';
import { httpHandler, okResponse } from '../../shared/http/http-handler.ts';
import { queueNotFound } from '../../shared/http/problems.ts';
import { discardMessages } from '../use-cases/discard-messages.ts';
import { deadLetters } from '../wiring.ts';

const messages = deadLetters();

export const handler = httpHandler(routes.discardDeadLetters, {
  run: ({ params, body, caller }) =>
    discardMessages(messages, {
      ...params,
      ...body,
      messagesMax: MESSAGES_PER_REQUEST_MAX,
      by: caller.id,
    }),
  respond: (report) => okResponse(report),
  errors: { queueNotFound },
});
