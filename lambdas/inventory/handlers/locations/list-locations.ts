import * as routes from '../../../contracts/routes/location-routes.ts';
import { toPageView } from '../../../shared/core/page.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { toLocationView } from '../../presenters/location-views.ts';
import { listLocations } from '../../use-cases/locations/locations.ts';
import { locationStore } from '../../wiring.ts';

const store = locationStore();

export const handler = httpHandler(routes.listLocations, {
  run: ({ query }) => listLocations(store, query),
  respond: (page) => okResponse(toPageView(page, toLocationView)),
  errors: {},
});
