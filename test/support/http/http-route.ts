import * as z from 'zod/mini';
import { Id, Quantity, Text } from '../../../lambdas/contracts/primitives.ts';
import { ok, type Result } from '../../../lambdas/shared/core/result.ts';
import {
  createdResponse,
  type HttpRequest,
  httpHandler,
} from '../../../lambdas/shared/http/http-handler.ts';
import {
  badRequest,
  conflict,
  idempotencyKeyReused,
  notFound,
  tooManyRequests,
} from '../../../lambdas/shared/http/problems.ts';
import type { Metrics } from '../../../lambdas/shared/observability/metrics.ts';
import { REQUEST_ID } from './http-event.ts';

const ThingBody = z.strictObject({ quantity: Quantity, note: z.optional(Text) });
export const ThingPath = z.strictObject({ thingId: Id });
export const THING_PATH = '/things/{thingId}';
export const THING_ROUTE = {
  method: 'POST',
  path: THING_PATH,
  params: ThingPath,
  body: ThingBody,
  idempotent: true,
  errors: {
    404: ['NOT_FOUND'],
    409: ['INSUFFICIENT_STOCK', 'ORDER_IN_PROGRESS'],
    429: ['TOO_MANY_HOLDS'],
  },
} as const;
/** A body that the route accepts. */
export const VALID_BODY = JSON.stringify({ quantity: 3 });

export type ThingRequest = HttpRequest<
  z.infer<typeof ThingBody>,
  z.infer<typeof ThingPath>,
  undefined
>;
export type ThingError =
  | { kind: 'gone' }
  | { kind: 'insufficient'; available: number; secret: string }
  | { kind: 'busy' }
  | { kind: 'full'; retryAfterSeconds: number }
  | { kind: 'keyReused' }
  | { kind: 'mixed'; errors: { path: string; message: string }[] };
type Run = (request: ThingRequest) => Promise<Result<{ name: string }, ThingError>>;

/**
 * Returns the handler of a route with the use case `run`, which counts its rejections of kind
 * `full`.
 */
export const createThingHandler = (
  run: Run = async () => ok({ name: 'thing' }),
  writer: Metrics = { putMetrics: () => {}, putCounts: () => {} },
) =>
  httpHandler(THING_ROUTE, {
    run,
    respond: ({ name }) => createdResponse({ name }),
    metrics: { writer, errors: { full: 'ThingsFull' } },
    errors: {
      gone: notFound('NOT_FOUND', { detail: 'There is no such thing.' }),
      insufficient: conflict('INSUFFICIENT_STOCK', { detail: 'Too few.', exposes: ['available'] }),
      busy: conflict('ORDER_IN_PROGRESS', { detail: 'Wait.', retryAfterSeconds: 5 }),
      full: tooManyRequests('TOO_MANY_HOLDS', { detail: 'Full.' }),
      keyReused: idempotencyKeyReused,
      mixed: badRequest('VALIDATION_FAILED', { detail: 'One currency.', exposes: ['errors'] }),
    },
  });

/** Returns a handler and the requests that its use case received. */
export const createRecordingHandler = () => {
  const requests: ThingRequest[] = [];
  const handler = createThingHandler(async (request) => {
    requests.push(request);
    return ok({ name: 'thing' });
  });
  return { handler, requests };
};

/** Headers of every problem response. */
export const PROBLEM_HEADERS = {
  'content-type': 'application/problem+json',
  'cache-control': 'no-store',
};

/** Returns the body of a problem response. */
export const aProblem = (
  status: number,
  code: string,
  title: string,
  detail: string,
  extra: object = {},
) => ({ type: 'about:blank', title, status, code, detail, instance: REQUEST_ID, ...extra });
