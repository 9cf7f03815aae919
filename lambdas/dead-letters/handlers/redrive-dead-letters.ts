import {
  DeadLetterQueuePath,
  MESSAGES_PER_REQUEST_MAX,
  RedriveRequest,
} from '../../contracts/dead-letters-api.ts';
import { systemClock } from '../../shared/core/clock.ts';
import { queueNotFound } from '../../shared/http/dead-letter-problems.ts';
import { httpHandler, okResponse } from '../../shared/http/http-handler.ts';
import { redriveMessages } from '../use-cases/redrive-messages.ts';
import { redrivePorts } from '../wiring.ts';

const ports = { ...redrivePorts(), clock: systemClock };

export const handler = httpHandler({
  path: DeadLetterQueuePath,
  body: RedriveRequest,
  idempotent: true,
  run: ({ path, body, caller }) =>
    redriveMessages(ports, {
      ...path,
      ...body,
      messagesMax: MESSAGES_PER_REQUEST_MAX,
      by: caller.id,
    }),
  respond: (report) => okResponse(report),
  errors: { noSuchQueue: queueNotFound },
});
