import { conflict, idempotencyKeyReused, notFound, tooManyRequests } from './problem-details.ts';

export const orderNotFound = notFound('NOT_FOUND', { detail: 'There is no such order.' });

export const tooManyHolds = tooManyRequests('TOO_MANY_HOLDS', {
  detail:
    'You hold as much as one customer may. Pay for an order, cancel one, or wait until one expires.',
});

const SAGA_RETRY_AFTER_SECONDS = 5;
/** Rejections of a cancellation, by customers and by staff. */
export const cancellationProblems = {
  notFound: orderNotFound,
  inProgress: conflict('ORDER_IN_PROGRESS', {
    detail: 'The order is being processed. Retry when it is COMPLETED or CANCELLED.',
    retryAfterSeconds: SAGA_RETRY_AFTER_SECONDS,
  }),
  alreadyFulfilled: conflict('ALREADY_FULFILLED', {
    detail: 'The goods have left; the order cannot be cancelled.',
  }),
  keyReused: idempotencyKeyReused,
};
