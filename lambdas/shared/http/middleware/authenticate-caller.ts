import type { HttpEvent } from '../http-event.ts';
import { ProblemError } from '../problem-details.ts';
import type { Caller, HttpMiddleware } from './http-context.ts';

/**
 * Sets the caller of a request. Throws 403 NO_SUBJECT for a token without a subject. The authorizer
 * has checked everything else.
 */
export const authenticateCaller = (): HttpMiddleware => ({
  before: ({ event, context }) => {
    context.http.caller = callerOf(event);
  },
});

function callerOf(event: HttpEvent): Caller {
  const { jwt, iam } = event.requestContext.authorizer ?? {};
  const subject = jwt?.claims.sub ?? jwt?.claims.client_id;
  if (typeof subject === 'string' && subject !== '') return { kind: 'user', id: subject };
  if (iam?.userArn) return { kind: 'service', id: iam.userArn };
  throw new ProblemError({
    status: 403,
    code: 'NO_SUBJECT',
    title: 'Forbidden',
    detail: 'The token has neither sub nor client_id.',
  });
}
