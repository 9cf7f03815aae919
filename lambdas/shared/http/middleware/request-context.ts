import { type Clock, systemClock } from '../../core/clock.ts';
import type { HttpEvent } from '../http-event.ts';
import type { HttpMiddleware, RequestState } from './http-context.ts';

/**
 * Time before the function's end at which it responds 503: a function that Lambda ends is a 500.
 */
export const RESPONSE_MARGIN_MILLISECONDS = 500;

const CORRELATION_ID = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Returns the caller's correlation id if it is valid, so that a chain of services shares it; else
 * the request's id.
 */
export function correlationIdOf({ headers, requestContext }: HttpEvent): string {
  const given = headers['x-correlation-id'];
  return given !== undefined && CORRELATION_ID.test(given) ? given : requestContext.requestId;
}

/**
 * Sets the time, the deadline and the correlation id of a request, and returns the correlation id
 * to the caller.
 */
export const requestContext = (clock: Clock = systemClock): HttpMiddleware => ({
  before: ({ event, context }) => {
    const now = clock();
    const fields: Pick<RequestState, 'now' | 'deadline' | 'correlationId'> = {
      now,
      deadline: now + context.getRemainingTimeInMillis() - 2 * RESPONSE_MARGIN_MILLISECONDS,
      correlationId: correlationIdOf(event),
    };
    // The other middlewares set the other fields before `run` gets the request.
    context.http = fields as RequestState;
  },
  after: ({ context, response }) => {
    if (response && context.http.rejection === undefined)
      response.headers = { ...response.headers, 'x-correlation-id': context.http.correlationId };
  },
});
