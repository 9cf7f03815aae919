import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { HttpEvent } from '../../../lambdas/shared/http/http-event.ts';

type Request = {
  readonly method?: string;
  readonly routeKey?: string;
  /** Body as API Gateway passes it: text, or base64 for a binary type. */
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  /** Headers to add to those of every request; undefined removes one. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly authorizer?: HttpEvent['requestContext']['authorizer'] | undefined;
};

export const REQUEST_ID = 'request-1';
export const AS_ALICE = { jwt: { claims: { sub: 'alice' } } };

/**
 * Returns a request as an HTTP API passes it to a function (payload 2.0), from alice by default.
 */
export const anHttpEvent = ({
  method = 'POST',
  routeKey = 'POST /things/{thingId}',
  body,
  isBase64Encoded = false,
  headers = {},
  path = { thingId: 'thing-1' },
  query,
  ...rest
}: Request = {}): HttpEvent => {
  const authorizer = 'authorizer' in rest ? rest.authorizer : AS_ALICE;
  return {
    version: '2.0',
    routeKey,
    rawPath: '/things/thing-1',
    rawQueryString: '',
    headers: withoutUndefined({
      'content-type': 'application/json',
      'idempotency-key': 'key-1',
      ...headers,
    }),
    pathParameters: { ...path },
    ...(query === undefined ? {} : { queryStringParameters: { ...query } }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: {
        method,
        path: '/things/thing-1',
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: 'test',
      },
      requestId: REQUEST_ID,
      routeKey,
      stage: '$default',
      time: '01/Jan/2026:12:00:00 +0000',
      timeEpoch: Date.UTC(2026, 0, 1, 12),
      ...(authorizer === undefined ? {} : { authorizer }),
    },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded,
  };
};

const withoutUndefined = (
  headers: Readonly<Record<string, string | undefined>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );

const REMAINING_MILLISECONDS = 30_000;

/** Returns the context that Lambda passes to a function. */
export const aContext = (remainingMilliseconds = REMAINING_MILLISECONDS): Context => ({
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'thing',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:thing',
  memoryLimitInMB: '256',
  awsRequestId: REQUEST_ID,
  logGroupName: 'group',
  logStreamName: 'stream',
  getRemainingTimeInMillis: () => remainingMilliseconds,
  done: () => {},
  fail: () => {},
  succeed: () => {},
});

type Handler = (event: HttpEvent, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;
export type HandlerResponse = {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>> | undefined;
  readonly body: unknown;
};

/** Sends a request to the handler of a route, and returns its response with the parsed body. */
export async function send(
  handler: Handler,
  request: Request = {},
  remainingMilliseconds = REMAINING_MILLISECONDS,
): Promise<HandlerResponse> {
  const { statusCode, headers, body } = await handler(
    anHttpEvent(request),
    aContext(remainingMilliseconds),
  );
  return { status: statusCode, headers, body: JSON.parse(body ?? 'null') };
}
