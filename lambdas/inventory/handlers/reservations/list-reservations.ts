import * as routes from '../../../contracts/routes/reservation-routes.ts';
import { toPageView } from '../../../shared/core/page.ts';
import { ok } from '../../../shared/core/result.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { toReservationView } from '../../presenters/stock-views.ts';
import { serviceOf } from '../../use-cases/reservations/owner-of-caller.ts';
import { ownedReservationReader } from '../../wiring.ts';

const reader = ownedReservationReader();

export const handler = httpHandler(routes.listReservations, {
  run: async ({ query, caller }) => ok(await reader.listCommitted(serviceOf(caller.id), query)),
  respond: (page, { now }) => okResponse(toPageView(page, (one) => toReservationView(one, now))),
  errors: {},
});
