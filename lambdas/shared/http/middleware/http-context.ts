import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { Instant } from '../../core/instant.ts';
import type { HttpEvent } from '../http-event.ts';

/**
 * Caller of a route: a person or a program with a token (its `sub`), or a service that signs with
 * IAM (its ARN).
 */
export type Caller = { readonly kind: 'user' | 'service'; readonly id: string };

/**
 * Identity of a command: its key, scoped to caller and route, and a fingerprint that distinguishes
 * a retry from another request.
 */
export type Idempotency = { readonly operationId: string; readonly fingerprint: string };

/** Fields of a request, each set by one middleware, in the order in which httpHandler uses them. */
export type RequestState = {
  now: Instant;
  /** Time by which `run` must return, so that the response still reaches the client. */
  deadline: Instant;
  correlationId: string;
  caller: Caller;
  params: unknown;
  query: unknown;
  body: unknown;
  idempotency: Idempotency;
  /** Error that the use case returned, for the metrics and the log. */
  rejection?: { readonly kind: string; readonly code: string };
};

/** Lambda's context of an invocation, with the request. */
export type HttpContext = Context & { http: RequestState };

export type HttpMiddleware = MiddlewareObj<
  HttpEvent,
  APIGatewayProxyStructuredResultV2,
  Error,
  HttpContext
>;
