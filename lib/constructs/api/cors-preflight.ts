import { Duration } from 'aws-cdk-lib';
import { CorsHttpMethod, type CorsPreflightOptions } from 'aws-cdk-lib/aws-apigatewayv2';

/**
 * How long a browser may remember what it may send, so that it does not ask before each request.
 * Chrome remembers two hours at most.
 */
const PREFLIGHT_MAX_AGE = Duration.hours(1);
/** Methods of the routes that take a token: no browser calls a route of services. */
const ALLOWED_METHODS = [
  CorsHttpMethod.GET,
  CorsHttpMethod.PATCH,
  CorsHttpMethod.POST,
  CorsHttpMethod.PUT,
];
/** Headers that the routes read of a request. */
const ALLOWED_HEADERS = ['authorization', 'content-type', 'idempotency-key', 'x-correlation-id'];
/** Headers of a response that a script may read besides its content type and length. */
const EXPOSED_HEADERS = ['retry-after', 'www-authenticate', 'x-correlation-id'];

/**
 * Returns the CORS settings: what scripts of these origins may send and read; undefined without
 * origins. Tokens travel in a header and never in a cookie, so the browser's credentials are not
 * allowed.
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
