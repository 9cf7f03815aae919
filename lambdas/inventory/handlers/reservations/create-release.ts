import * as routes from '../../../contracts/routes/reservation-routes.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { partStepProblems } from '../../../shared/http/problems.ts';
import { toReservationView } from '../../presenters/stock-views.ts';
import { takePartStepForService } from '../../use-cases/reservations/part-step-for-service.ts';
import { stockStore } from '../../wiring.ts';

const store = stockStore();

export const handler = httpHandler(routes.createRelease, {
  run: (request) => takePartStepForService(store, 'release', request),
  respond: (reservation, { now }) => okResponse(toReservationView(reservation, now)),
  errors: partStepProblems,
});
