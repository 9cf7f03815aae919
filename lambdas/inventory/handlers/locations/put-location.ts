import * as routes from '../../../contracts/routes/location-routes.ts';
import { createdResponse, httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { conflict } from '../../../shared/http/problems.ts';
import { toLocationView } from '../../presenters/location-views.ts';
import { putLocation } from '../../use-cases/locations/locations.ts';
import { locationStore } from '../../wiring.ts';

const store = locationStore();

export const handler = httpHandler(routes.putLocation, {
  run: ({ params, body, correlationId, now }) =>
    putLocation(store, { ...body, locationId: params.locationId, correlationId, now }),
  respond: ({ location, isNew }) =>
    (isNew ? createdResponse : okResponse)(toLocationView(location)),
  errors: {
    locationInUse: conflict('LOCATION_IN_USE', {
      detail:
        'The location main stays active and shipping, because every SKU has it. To sell nothing from it, keep no stock there. Nothing was changed.',
    }),
  },
});
