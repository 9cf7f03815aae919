import middy, { type MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type * as z from 'zod/mini';
import { systemClock } from '../core/clock.ts';
import { DEFAULT_RETRY_AFTER_SECONDS, isTransient, RetryLaterError } from '../core/errors.ts';
import { deriveId, fingerprintOf } from '../core/fingerprint.ts';
import type { Instant } from '../core/instant.ts';
import type { Result } from '../core/result.ts';
import { UnreadableRecordError } from '../core/unreadable-record.ts';
import { logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import {
  type Caller,
  callerOf,
  type HttpEvent,
  idempotencyKeyOf,
  parseJsonBody,
  validate,
} from './http-request.ts';
import {
  type Problem,
  ProblemError,
  type ProblemType,
  toProblem,
  toProblemResponse,
} from './problem-details.ts';

/** Marks a POST: its key scoped to caller and route, and what tells a repeat from another request. */
export type Idempotency = { readonly operationId: string; readonly fingerprint: string };

export type HttpRequest<Body = unknown, Params = unknown, Query = unknown> = {
  readonly body: Body;
  readonly params: Params;
  readonly query: Query;
  readonly caller: Caller;
  readonly idempotency: Idempotency;
  readonly correlationId: string;
  readonly now: Instant;
  /** Time by which `run` must return, so that the response still reaches the client. */
  readonly deadline: Instant;
};

/** What an answer may say of its request. */
export type ResponseContext = { readonly now: Instant; readonly idempotency: Idempotency };

export type HttpResponse = { readonly status: number; readonly body: unknown };

type TaggedError = { readonly kind: string };
type Schema = z.ZodMiniType;
type Inferred<S> = S extends Schema ? z.infer<S> : undefined;

/** What a function needs of its route in the route table. */
export type HttpRoute = {
  readonly method: string;
  readonly path: string;
  readonly idempotent?: true;
  readonly params?: Schema;
  readonly query?: Schema;
  readonly body?: Schema;
  readonly isBodyOptional?: true;
  readonly errors?: Readonly<Record<number, readonly string[]>>;
};

type RequestOf<Route extends HttpRoute> = HttpRequest<
  Inferred<Route['body']>,
  Inferred<Route['params']>,
  Inferred<Route['query']>
>;

/** Codes of the errors that validation returns on any route, and those of the route itself. */
type ErrorCodeOf<Route extends HttpRoute> =
  | 'VALIDATION_FAILED'
  | 'IDEMPOTENCY_KEY_REUSED'
  | (Route extends { readonly errors: infer Errors } ? CodesOf<Errors[keyof Errors]> : never);
type CodesOf<Codes> = Codes extends readonly (infer Code)[] ? Code : never;

export type HttpHandlerOptions<Route extends HttpRoute, Value, E extends TaggedError> = {
  readonly run: (request: RequestOf<Route>) => Promise<Result<Value, E>>;
  readonly respond: (value: Value, request: ResponseContext) => HttpResponse;
  /** The problem of each kind of error. The route must name its code. */
  readonly errors: { readonly [Kind in NoInfer<E>['kind']]: ProblemType<ErrorCodeOf<Route>> };
  /** The metrics that count errors of a kind. */
  readonly metrics?: {
    readonly writer: Metrics;
    readonly errors: { readonly [Kind in NoInfer<E>['kind']]?: string };
  };
};

export const okResponse = (body: unknown): HttpResponse => ({ status: 200, body });
export const createdResponse = (body: unknown): HttpResponse => ({ status: 201, body });
export const acceptedResponse = (body: unknown): HttpResponse => ({ status: 202, body });

/** A function that runs out of time answers 503 this long before Lambda ends it, which would be a 500. */
const RESPONSE_MARGIN_MILLISECONDS = 500;

/**
 * Makes the handler of a route: validates the request, runs the use case, and responds with its value or with the problem of its
 * error. Throws an error that is not transient, so that Lambda's error alarm sees it.
 */
export function httpHandler<const Route extends HttpRoute, Value, E extends TaggedError>(
  route: Route,
  { run, respond, errors, metrics }: HttpHandlerOptions<Route, Value, E>,
) {
  return middy<HttpEvent, APIGatewayProxyStructuredResultV2>({
    timeoutEarlyInMillis: RESPONSE_MARGIN_MILLISECONDS,
    timeoutEarlyResponse: () => {
      throw new RetryLaterError('the function ran out of time');
    },
  })
    .use(problemAnswers())
    .handler(async (event, context) => {
      const now = systemClock();
      const deadline = now + context.getRemainingTimeInMillis() - 2 * RESPONSE_MARGIN_MILLISECONDS;
      const request = { ...parse(route, event, now), deadline };
      const result = await run(request as RequestOf<Route>);
      const logFields = { route: event.routeKey, correlationId: request.correlationId };
      if (!result.ok) {
        const kind = result.error.kind as E['kind'];
        const problem = errors[kind];
        const metric = metrics?.errors[kind];
        if (metric !== undefined) metrics?.writer.putCounts({ [metric]: 1 });
        logger.info('request rejected', {
          ...logFields,
          status: problem.status,
          code: problem.code,
        });
        return toProblemResponse(toProblem(problem, result.error), requestIdOf(event));
      }
      const response = respond(result.value, request);
      logger.info('request completed', { ...logFields, status: response.status });
      return {
        statusCode: response.status,
        headers: { 'content-type': 'application/json', 'x-correlation-id': request.correlationId },
        body: JSON.stringify(response.body),
      };
    });
}

function parse(route: HttpRoute, event: HttpEvent, now: Instant): Omit<HttpRequest, 'deadline'> {
  const caller = callerOf(event);
  const params = route.params && validate(route.params, event.pathParameters ?? {}, 'path');
  const query = route.query && validate(route.query, event.queryStringParameters ?? {}, 'query');
  const key = route.idempotent ? idempotencyKeyOf(event) : '';
  const body =
    route.body && validate(route.body, parseJsonBody(event, route.isBodyOptional !== true), 'body');
  return {
    body,
    params,
    query,
    caller,
    idempotency: {
      operationId: deriveId(caller.id, event.routeKey, key),
      fingerprint: fingerprintOf({ params, body }),
    },
    correlationId: correlationIdOf(event),
    now,
  };
}

const CORRELATION_ID = /^[A-Za-z0-9_-]{1,64}$/;
const requestIdOf = (event: HttpEvent): string => event.requestContext.requestId;

/** The caller's own id where it is one, so that a chain of services shares it; else the request's. */
function correlationIdOf(event: HttpEvent): string {
  const given = event.headers['x-correlation-id'];
  return given !== undefined && CORRELATION_ID.test(given) ? given : requestIdOf(event);
}

function problemAnswers(): MiddlewareObj<HttpEvent, APIGatewayProxyStructuredResultV2> {
  return {
    onError: ({ event, error }) => {
      if (error instanceof ProblemError)
        return toProblemResponse(error.problem, requestIdOf(event));
      const fields = { route: event.routeKey, correlationId: correlationIdOf(event) };
      if (isTransient(error)) {
        logger.warn('request failed: retry later', {
          ...fields,
          error: error?.name,
          detail: error?.message,
        });
        return toProblemResponse(retryLaterProblem(error), requestIdOf(event));
      }
      logger.error('request failed', error, fields);
      return error instanceof UnreadableRecordError
        ? toProblemResponse(unreadableRecordProblem, requestIdOf(event))
        : undefined;
    },
  };
}

/** Names no record: callers are told what to do, operators find it in the log and in a finding of the next reconciliation. */
const unreadableRecordProblem: Problem = {
  status: 500,
  code: 'RECORD_UNREADABLE',
  title: 'Internal server error',
  detail:
    'A stored record that this request needs is damaged, and nothing was changed. Operators have been alarmed; send the same request with the same key when it is mended.',
};

const retryLaterProblem = (error: unknown): Problem => ({
  status: 503,
  code: 'RETRY_LATER',
  title: 'Service unavailable',
  detail:
    'Nothing was changed that a repeat would change again. Send the same request with the same key later.',
  retryAfterSeconds:
    error instanceof RetryLaterError ? error.retryAfterSeconds : DEFAULT_RETRY_AFTER_SECONDS,
});
