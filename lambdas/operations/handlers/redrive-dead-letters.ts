import {
  DEAD_LETTERS_MAX,
  DeadLetterQueuePath,
  RedriveRequest,
} from '../../contracts/dead-letters-api.ts';
import { systemClock } from '../../shared/core/clock.ts';
import { noSuchQueue } from '../../shared/http/dead-letter-problems.ts';
import { httpHandler, ok } from '../../shared/http/http-handler.ts';
import { redriveLetters } from '../use-cases/treat-letters.ts';
import { redrivePorts } from '../wiring.ts';

const ports = { ...redrivePorts(), clock: systemClock };

export const handler = httpHandler({
  path: DeadLetterQueuePath,
  body: RedriveRequest,
  idempotent: true,
  run: ({ path, body, caller }) =>
    redriveLetters(ports, { ...path, ...body, lettersMax: DEAD_LETTERS_MAX, by: caller.id }),
  respond: (report) => ok(report),
  refusals: { noSuchQueue },
});
