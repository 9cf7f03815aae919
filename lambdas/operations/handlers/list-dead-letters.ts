import { httpHandler, ok } from '../../shared/http-handler.ts';
import { accepted } from '../../shared/result.ts';
import { deadLetters } from '../wiring.ts';

const letters = deadLetters();

export const handler = httpHandler({
  run: async () => accepted(await letters.depths()),
  respond: (items) => ok({ items }),
  refusals: {},
});
