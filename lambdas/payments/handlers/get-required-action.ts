import * as routes from '../../contracts/routes/payment-routes.ts';
import { httpHandler, okResponse } from '../../shared/http/http-handler.ts';
import { notFound } from '../../shared/http/problems.ts';
import { getRequiredAction } from '../use-cases/get-required-action.ts';
import { paymentStore } from '../wiring.ts';

const payments = paymentStore();

export const handler = httpHandler(routes.getRequiredAction, {
  run: ({ params }) => getRequiredAction(payments, params.paymentId),
  respond: okResponse,
  errors: { notFound: notFound('NOT_FOUND', { detail: 'The payment requires no action.' }) },
});
