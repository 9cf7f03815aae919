import middy from '@middy/core';
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type * as z from 'zod/mini';
import { RetryLaterError } from '../core/errors.ts';
import type { Result } from '../core/result.ts';
import type { HttpEvent } from './http-event.ts';
import { accessLog } from './middleware/access-log.ts';
import { authenticateCaller } from './middleware/authenticate-caller.ts';
import { countRejections, type RejectionMetrics } from './middleware/count-rejections.ts';
import type { HttpContext, RequestState } from './middleware/http-context.ts';
import { problemDetails } from './middleware/problem-details.ts';
import { RESPONSE_MARGIN_MILLISECONDS, requestContext } from './middleware/request-context.ts';
import { requireIdempotencyKey } from './middleware/require-idempotency-key.ts';
import { revalidate } from './middleware/revalidate.ts';
import { validateRequest } from './middleware/validate-request.ts';
import { type ProblemType, toProblem, toProblemResponse } from './problem-details.ts';

export type HttpRequest<Body = unknown, Params = unknown, Query = unknown> = Readonly<
  Omit<RequestState, 'body' | 'params' | 'query' | 'rejection'>
> & { readonly body: Body; readonly params: Params; readonly query: Query };

export type HttpResponse = {
  readonly status: number;
  readonly body: unknown;
  /** Headers by lower-case name, besides those of every response. */
  readonly headers?: Readonly<Record<string, string>>;
};

type TaggedError = { readonly kind: string };
type Schema = z.ZodMiniType;
type Inferred<S> = S extends Schema ? z.infer<S> : undefined;

/** Fields of a route in the route table that its function needs. */
export type HttpRoute = {
  readonly method: string;
  readonly path: string;
  readonly access?: string;
  readonly idempotent?: true;
  readonly params?: Schema;
  readonly query?: Schema;
  readonly body?: Schema;
  readonly isBodyOptional?: true;
  readonly errors?: Readonly<Record<number, readonly string[]>>;
};

/** Request of a route. One without credentials has no caller. */
type RequestOf<Route extends HttpRoute> = Omit<
  HttpRequest<Inferred<Route['body']>, Inferred<Route['params']>, Inferred<Route['query']>>,
  Route['access'] extends 'storefront' ? 'caller' | 'idempotency' : never
>;

/** Codes of the errors that validation returns on any route, and those of the route itself. */
type ErrorCodeOf<Route extends HttpRoute> =
  | 'VALIDATION_FAILED'
  | 'IDEMPOTENCY_KEY_REUSED'
  | (Route extends { readonly errors: infer Errors } ? CodesOf<Errors[keyof Errors]> : never);
type CodesOf<Codes> = Codes extends readonly (infer Code)[] ? Code : never;

export type HttpHandlerOptions<Route extends HttpRoute, Value, E extends TaggedError> = {
  readonly run: (request: RequestOf<Route>) => Promise<Result<Value, E>>;
  readonly respond: (value: Value, request: RequestOf<Route>) => HttpResponse;
  /** Problem for each kind of error. The route must list its code. */
  readonly errors: { readonly [Kind in NoInfer<E>['kind']]: ProblemType<ErrorCodeOf<Route>> };
  /** Metrics that count errors, by kind. */
  readonly metrics?: RejectionMetrics<NoInfer<E>['kind']>;
};

export const okResponse = (body: unknown): HttpResponse => ({ status: 200, body });
export const createdResponse = (body: unknown): HttpResponse => ({ status: 201, body });
export const acceptedResponse = (body: unknown): HttpResponse => ({ status: 202, body });

type HttpHandler = (
  event: HttpEvent,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * Makes the handler of a route: validates the request, runs the use case, and responds with its
 * value or with the problem of its error. Throws an error that is not transient, so that Lambda's
 * error alarm sees it.
 */
export function httpHandler<const Route extends HttpRoute, Value, E extends TaggedError>(
  route: Route,
  { run, respond, errors, metrics }: HttpHandlerOptions<Route, Value, E>,
): HttpHandler {
  const knowsCaller = route.access !== 'storefront';
  const handler = middy<HttpEvent, APIGatewayProxyStructuredResultV2, Error, HttpContext>({
    timeoutEarlyInMillis: RESPONSE_MARGIN_MILLISECONDS,
    timeoutEarlyResponse: () => {
      throw new RetryLaterError('The function ran out of time.');
    },
  })
    .use(problemDetails())
    .use(requestContext())
    .use(accessLog())
    .use(countRejections(metrics))
    .use(revalidate())
    .use(knowsCaller ? authenticateCaller() : [])
    .use(validateRequest(route))
    .use(knowsCaller ? requireIdempotencyKey(route) : [])
    .handler(async (event, { http }) => {
      const request = http as RequestOf<Route>;
      const result = await run(request);
      if (result.ok) return toResponse(respond(result.value, request));
      const kind = result.error.kind as E['kind'];
      http.rejection = { kind, code: errors[kind].code };
      return toProblemResponse(
        toProblem(errors[kind], result.error),
        event.requestContext.requestId,
      );
    });
  // Lambda passes its own context; the middlewares add `http` to it.
  return handler as unknown as HttpHandler;
}

const toResponse = ({
  status,
  body,
  headers = {},
}: HttpResponse): APIGatewayProxyStructuredResultV2 => ({
  statusCode: status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
