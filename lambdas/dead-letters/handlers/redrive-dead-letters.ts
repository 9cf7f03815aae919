import { MESSAGES_PER_REQUEST_MAX } from '../../contracts/api/dead-letters.ts';
import * as routes from '../../contracts/routes/dead-letter-routes.ts';
import { systemClock } from '../../shared/core/clock.ts';
import { httpHandler, okResponse } from '../../shared/http/http-handler.ts';
import { queueNotFound } from '../../shared/http/problems.ts';
import { redriveMessages } from '../use-cases/redrive-messages.ts';
import { redrivePorts } from '../wiring.ts';

const ports = { ...redrivePorts(), clock: systemClock };

export const handler = httpHandler(routes.redriveDeadLetters, {
  run: ({ params, body, caller }) =>
    redriveMessages(ports, {
      ...params,
      ...body,
      messagesMax: MESSAGES_PER_REQUEST_MAX,
      by: caller.id,
    }),
  respond: (report) => okResponse(report),
  errors: { queueNotFound },
});
