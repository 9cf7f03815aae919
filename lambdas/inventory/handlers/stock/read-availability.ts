import * as routes from '../../../contracts/routes/availability-routes.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { badRequest } from '../../../shared/http/problems.ts';
import { readAvailability } from '../../use-cases/stock/read-availability.ts';
import { stockStore } from '../../wiring.ts';

const store = stockStore();

export const handler = httpHandler(routes.readAvailability, {
  run: ({ body, now }) => readAvailability(store, { ...body, now }),
  respond: okResponse,
  errors: {
    tooManyCells: badRequest('AVAILABILITY_TOO_LARGE', {
      detail:
        'The SKUs have more cells (locations times shards) than one request reads. Send fewer SKUs.',
      exposes: ['cells', 'cellsMax'],
    }),
  },
});
