import { MESSAGES_PER_REQUEST_MAX } from '../../contracts/api/dead-letters.ts';
import * as routes from '../../contracts/routes/dead-letter-routes.ts';
import { httpHandler, okResponse } from '../../shared/http/http-handler.ts';
import { queueNotFound } from '../../shared/http/problems.ts';
import { explainMessages } from '../use-cases/explain-messages.ts';
import { explainPorts } from '../wiring.ts';

const ports = explainPorts();

export const handler = httpHandler(routes.explainDeadLetters, {
  run: ({ params: { queue }, now }) =>
    explainMessages(ports, { queue, messagesMax: MESSAGES_PER_REQUEST_MAX, now }),
  respond: (list) => okResponse(list),
  errors: { queueNotFound },
});
