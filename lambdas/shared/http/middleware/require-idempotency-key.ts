import { deriveId, fingerprintOf } from '../../core/fingerprint.ts';
import type { HttpEvent } from '../http-event.ts';
import { ProblemError } from '../problem-details.ts';
import type { HttpMiddleware } from './http-context.ts';

export const IDEMPOTENCY_KEY_CHARACTERS_MAX = 255;

/**
 * Sets the operation id and the fingerprint of a request. Throws 400 if the route requires an
 * Idempotency-Key and the request has none, or one that is too long.
 */
export const requireIdempotencyKey = ({
  idempotent,
}: {
  readonly idempotent?: boolean;
}): HttpMiddleware => ({
  before: ({ event, context }) => {
    const { caller, params, body } = context.http;
    const key = idempotent ? idempotencyKeyOf(event) : '';
    context.http.idempotency = {
      operationId: deriveId(caller.id, event.routeKey, key),
      fingerprint: fingerprintOf({ params, body }),
    };
  },
});

function idempotencyKeyOf(event: HttpEvent): string {
  const key = event.headers['idempotency-key'];
  if (key === undefined || key === '') {
    throw new ProblemError({
      status: 400,
      code: 'IDEMPOTENCY_KEY_REQUIRED',
      title: 'Invalid request',
      detail: `Send an Idempotency-Key header of 1 to ${IDEMPOTENCY_KEY_CHARACTERS_MAX} characters. Use a new key for each new request.`,
    });
  }
  if (key.length > IDEMPOTENCY_KEY_CHARACTERS_MAX) {
    throw new ProblemError({
      status: 400,
      code: 'VALIDATION_FAILED',
      title: 'Invalid request',
      detail: `The Idempotency-Key may have at most ${IDEMPOTENCY_KEY_CHARACTERS_MAX} characters.`,
      extra: {
        errors: [
          {
            path: 'headers.idempotency-key',
            message: `must have at most ${IDEMPOTENCY_KEY_CHARACTERS_MAX} characters`,
          },
        ],
      },
    });
  }
  return key;
}
