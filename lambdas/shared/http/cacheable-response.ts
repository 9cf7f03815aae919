import { fingerprintOf } from '../core/fingerprint.ts';
import type { HttpResponse } from './http-handler.ts';

/**
 * Returns a response 200 that caches may share among all callers, with an ETag over `content`. The
 * ETag is weak, because the other fields of the body may differ. `Vary` makes a browser keep the
 * responses for pages of two origins apart, because API Gateway adds CORS headers by the origin.
 * https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
 */
export const cacheableResponse = (
  body: unknown,
  content: unknown,
  cacheControl: string,
): HttpResponse => ({
  status: 200,
  body,
  headers: {
    'cache-control': cacheControl,
    etag: `W/"${fingerprintOf(content)}"`,
    vary: 'Origin',
  },
});
