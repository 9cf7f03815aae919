import { accepted } from '../../shared/core/result.ts';
import { httpHandler, ok } from '../../shared/http/http-handler.ts';
import { deadLetters } from '../wiring.ts';

const letters = deadLetters();

export const handler = httpHandler({
  run: async () => accepted(await letters.depths()),
  respond: (items) => ok({ items }),
  refusals: {},
});
