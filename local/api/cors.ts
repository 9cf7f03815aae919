import type { Properties } from '../cloud-assembly/resource-types.ts';

export type Cors = NonNullable<Properties<'AWS::ApiGatewayV2::Api'>['CorsConfiguration']>;

type CorsRequest = { readonly method: string; readonly headers: Readonly<Record<string, string>> };

/**
 * Returns whether a browser sent the request before the request of a script from another origin.
 */
const isPreflight = ({ method, headers }: CorsRequest): boolean =>
  method === 'OPTIONS' &&
  headers.origin !== undefined &&
  headers['access-control-request-method'] !== undefined;

/**
 * Returns API Gateway's response to a preflight request, or undefined for any other request. An
 * origin that is not allowed gets no CORS headers, so its browser sends no request.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export function preflightResponse(cors: Cors, request: CorsRequest): Response | undefined {
  if (!isPreflight(request)) return undefined;
  const { AllowMethods = [], AllowHeaders = [], MaxAge } = cors;
  const allowed = allowedOrigin(cors, request);
  if (allowed === undefined) return new Response(null, { status: 204 });
  const headers = new Headers({ 'access-control-allow-origin': allowed });
  if (AllowMethods.length > 0) headers.set('access-control-allow-methods', AllowMethods.join(','));
  if (AllowHeaders.length > 0) headers.set('access-control-allow-headers', AllowHeaders.join(','));
  if (MaxAge !== undefined) headers.set('access-control-max-age', String(MaxAge));
  return new Response(null, { status: 204, headers });
}

/**
 * Returns the response with the CORS headers that API Gateway adds for the caller's origin. Removes
 * the function's own CORS headers.
 */
export function withCorsHeaders(cors: Cors, request: CorsRequest, response: Response): Response {
  const headers = new Headers(response.headers);
  for (const name of [...headers.keys()])
    if (name.startsWith('access-control-')) headers.delete(name);
  const allowed = allowedOrigin(cors, request);
  if (allowed !== undefined) {
    headers.set('access-control-allow-origin', allowed);
    const { ExposeHeaders = [] } = cors;
    if (ExposeHeaders.length > 0)
      headers.set('access-control-expose-headers', ExposeHeaders.join(','));
  }
  return new Response(response.body, { status: response.status, headers });
}

const allowedOrigin = (
  { AllowOrigins }: Cors,
  { headers: { origin } }: CorsRequest,
): string | undefined => AllowOrigins.find((allowed) => allowed === origin);
