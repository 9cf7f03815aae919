import type { HttpMiddleware } from './http-context.ts';

/**
 * Replaces a response whose ETag the caller already has by 304, without a body and with the headers
 * of the response that a cache updates.
 * https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
 */
export const revalidate = (): HttpMiddleware => ({
  after: (request) => {
    const { etag } = request.response?.headers ?? {};
    const known = request.event.headers['if-none-match'];
    if (typeof etag !== 'string' || known === undefined || !matchesAny(known, etag)) return;
    const { 'content-type': _, ...headers } = request.response?.headers ?? {};
    request.response = { statusCode: 304, headers };
  },
});

/** Compares weakly: the mark of a weak ETag has no meaning. `*` matches every response. */
const matchesAny = (known: string, etag: string): boolean =>
  known.split(',').some((one) => one.trim() === '*' || opaqueTag(one) === opaqueTag(etag));

const opaqueTag = (etag: string): string => etag.trim().replace(/^W\//, '');
