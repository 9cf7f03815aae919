import { PaymentPath } from '../../contracts/payments-api.ts';
import { httpHandler, ok } from '../../shared/http/http-handler.ts';
import { notFound } from '../../shared/http/problem.ts';
import { requiredAction } from '../use-cases/required-action.ts';
import { paymentStore } from '../wiring.ts';

const payments = paymentStore();

export const handler = httpHandler({
  path: PaymentPath,
  run: ({ path }) => requiredAction(payments, path.paymentId),
  respond: ok,
  refusals: { notFound: notFound('NOT_FOUND', { detail: 'The payment requires no action.' }) },
});
