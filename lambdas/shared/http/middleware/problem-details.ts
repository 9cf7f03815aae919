import { DEFAULT_RETRY_AFTER_SECONDS, isTransient, RetryLaterError } from '../../core/errors.ts';
import { UnreadableRecordError } from '../../core/unreadable-record.ts';
import { logger } from '../../observability/logger.ts';
import { type Problem, ProblemError, toProblemResponse } from '../problem-details.ts';
import type { HttpMiddleware } from './http-context.ts';
import { correlationIdOf } from './request-context.ts';

/**
 * Responds to an error as RFC 9457: a ProblemError with its own status, a transient error with 503,
 * an unreadable record with 500. Throws any other error, so that Lambda's error alarm sees it.
 */
export const problemDetails = (): HttpMiddleware => ({
  onError: ({ event, error }) => {
    const { requestId } = event.requestContext;
    if (error instanceof ProblemError) return toProblemResponse(error.problem, requestId);
    const fields = { route: event.routeKey, correlationId: correlationIdOf(event) };
    if (isTransient(error)) {
      logger.warn('request failed: retry later', {
        ...fields,
        error: error?.name,
        detail: error?.message,
      });
      return toProblemResponse(retryLaterProblem(error), requestId);
    }
    logger.error('request failed', error, fields);
    return error instanceof UnreadableRecordError
      ? toProblemResponse(UNREADABLE_RECORD_PROBLEM, requestId)
      : undefined;
  },
});

/** Names no record: operators find it in the log and in a finding of the next reconciliation. */
const UNREADABLE_RECORD_PROBLEM: Problem = {
  status: 500,
  code: 'RECORD_UNREADABLE',
  title: 'Internal server error',
  detail:
    'A stored record that this request needs is damaged, and nothing was changed. Operators have been alerted. Retry with the same Idempotency-Key once it is repaired.',
};

const retryLaterProblem = (error: unknown): Problem => ({
  status: 503,
  code: 'RETRY_LATER',
  title: 'Service unavailable',
  detail: 'The request could not be completed. Retry it with the same Idempotency-Key.',
  retryAfterSeconds:
    error instanceof RetryLaterError ? error.retryAfterSeconds : DEFAULT_RETRY_AFTER_SECONDS,
});
