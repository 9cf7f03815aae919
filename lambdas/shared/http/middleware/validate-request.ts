import type * as z from 'zod/mini';
import type { HttpEvent } from '../http-event.ts';
import { ProblemError } from '../problem-details.ts';
import { validate } from '../validation.ts';
import type { HttpMiddleware } from './http-context.ts';

export const BODY_BYTES_MAX = 16 * 1024;

type Schemas = {
  readonly params?: z.ZodMiniType;
  readonly query?: z.ZodMiniType;
  readonly body?: z.ZodMiniType;
};

/**
 * Sets the parameters and the body of a request, parsed with the route's schemas. Throws 400, 413
 * or 415 for an invalid request.
 */
export const validateRequest = ({
  params,
  query,
  body,
  isBodyOptional = false,
}: Schemas & { readonly isBodyOptional?: boolean }): HttpMiddleware => ({
  before: ({ event, context }) => {
    const { pathParameters = {}, queryStringParameters = {} } = event;
    if (params !== undefined) context.http.params = validate(params, pathParameters, 'path');
    if (query !== undefined) context.http.query = validate(query, queryStringParameters, 'query');
    if (body !== undefined)
      context.http.body = validate(body, parseJsonBody(event, isBodyOptional), 'body');
  },
});

/**
 * Returns the JSON of a body of at most 16 KB. Returns `{}` for a missing body that is optional.
 */
function parseJsonBody(event: HttpEvent, isOptional: boolean): unknown {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.byteLength > BODY_BYTES_MAX) {
    throw new ProblemError({
      status: 413,
      code: 'BODY_TOO_LARGE',
      title: 'Request too large',
      detail: `The body may have at most ${BODY_BYTES_MAX} bytes.`,
    });
  }
  if (bytes.byteLength === 0) {
    if (isOptional) return {};
    throw new ProblemError({
      status: 400,
      code: 'VALIDATION_FAILED',
      title: 'Invalid request',
      detail: 'This route requires a JSON body.',
      extra: { errors: [{ path: 'body', message: 'is required' }] },
    });
  }
  if (
    !/^application\/(json|[a-z0-9.+-]+\+json)\s*(;|$)/i.test(event.headers['content-type'] ?? '')
  ) {
    throw new ProblemError({
      status: 415,
      code: 'UNSUPPORTED_MEDIA_TYPE',
      title: 'Unsupported media type',
      detail: 'Send JSON with Content-Type: application/json.',
    });
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new ProblemError({
      status: 400,
      code: 'MALFORMED_JSON',
      title: 'Invalid request',
      detail: 'The body must be JSON in UTF-8.',
    });
  }
}
