import { Duration } from 'aws-cdk-lib';
import { CorsHttpMethod, type CorsPreflightOptions } from 'aws-cdk-lib/aws-apigatewayv2';

/**
 * Time for which a browser may cache the response to a preflight request. Chrome caches it for at
 * most two hours.
 */
const PREFLIGHT_MAX_AGE = Duration.hours(1);
/**
 * Methods of the routes that take a token, and of the storefront. No browser calls the routes of
 * services.
 */
const ALLOWED_METHODS = [
  CorsHttpMethod.GET,
  CorsHttpMethod.PATCH,
  CorsHttpMethod.POST,
  CorsHttpMethod.PUT,
];
/** Request headers that the routes read. */
const ALLOWED_HEADERS = [
  'authorization',
  'content-type',
  'idempotency-key',
  'if-none-match',
  'x-correlation-id',
];
/** Response headers that a script may read, in addition to the content type and length. */
const EXPOSED_HEADERS = ['etag', 'retry-after', 'www-authenticate', 'x-correlation-id'];

/**
 * Returns the CORS settings: what scripts of these origins may send and read. Returns undefined
 * without origins. Tokens are in a header and never in a cookie, so the settings do not allow
 * credentials.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export const corsPreflightOptions = (
  origins: readonly string[],
): CorsPreflightOptions | undefined =>
  origins.length === 0
    ? undefined
    : {
        allowOrigins: [...origins],
        allowMethods: ALLOWED_METHODS,
        allowHeaders: ALLOWED_HEADERS,
        exposeHeaders: EXPOSED_HEADERS,
        maxAge: PREFLIGHT_MAX_AGE,
      };
