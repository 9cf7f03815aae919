import * as routes from '../../contracts/routes/dead-letter-routes.ts';
import { ok } from '../../shared/core/result.ts';
import { httpHandler, okResponse } from '../../shared/http/http-handler.ts';
import { queueDepths } from '../wiring.ts';

const queues = queueDepths();

export const handler = httpHandler(routes.listDeadLetters, {
  run: async () => ok(await queues.getDepths()),
  respond: (items) => okResponse({ items }),
  errors: {},
});
