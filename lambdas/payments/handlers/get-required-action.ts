import { PaymentPath } from '../../contracts/payments-api.ts';
import { httpHandler, okResponse } from '../../shared/http/http-handler.ts';
import { notFound } from '../../shared/http/problem-details.ts';
import { getRequiredAction } from '../use-cases/get-required-action.ts';
import { paymentStore } from '../wiring.ts';

const payments = paymentStore();

export const handler = httpHandler({
  path: PaymentPath,
  run: ({ path }) => getRequiredAction(payments, path.paymentId),
  respond: okResponse,
  errors: { notFound: notFound('NOT_FOUND', { detail: 'The payment requires no action.' }) },
});
