import * as routes from '../../../contracts/routes/location-routes.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { notFound } from '../../../shared/http/problems.ts';
import { toLocationView } from '../../presenters/location-views.ts';
import { getLocation } from '../../use-cases/locations/locations.ts';
import { locationStore } from '../../wiring.ts';

const store = locationStore();

export const handler = httpHandler(routes.getLocation, {
  run: ({ params }) => getLocation(store, params.locationId),
  respond: (location) => okResponse(toLocationView(location)),
  errors: { notFound: notFound('NOT_FOUND', { detail: 'There is no such location.' }) },
});
