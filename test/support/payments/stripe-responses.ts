import { type Intent, intentBody } from './stripe-objects.ts';

export type StripeResponse = { readonly status: number; readonly body: object };

export const errorResponse = (status: number, error: object): StripeResponse => ({
  status,
  body: { error },
});
export const SERVER_ERROR = errorResponse(500, { type: 'api_error', message: 'An error occurred' });
export const notFound = (): StripeResponse =>
  errorResponse(404, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: 'No such object',
  });
export const unexpectedState = (intent: Intent): StripeResponse =>
  errorResponse(400, {
    type: 'invalid_request_error',
    code: 'payment_intent_unexpected_state',
    message: `This PaymentIntent's status is ${intent.status}`,
    payment_intent: intentBody(intent),
  });
