import * as routes from '../../contracts/routes/dead-letter-routes.ts';
import { ok } from '../../shared/core/result.ts';
import { httpHandler, okResponse } from '../../shared/http/http-handler.ts';
import { deadLetterQueues } from '../wiring.ts';

const deadLetters = deadLetterQueues();

export const handler = httpHandler(routes.listDeadLetters, {
  run: async () => ok(await deadLetters.getDepths()),
  respond: (items) => okResponse({ items }),
  errors: {},
});
