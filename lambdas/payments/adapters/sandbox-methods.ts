import { type Instant, MILLISECONDS_PER_SECOND } from '../../shared/core/instant.ts';
import type { Refund } from '../domain/refund.ts';
import type { SandboxRefund } from './provider-records.ts';

/**
 * Payment methods that are declined, with the code. A method that this file does not name is
 * unknown.
 */
export const DECLINE_CODES: ReadonlyMap<string, string> = new Map([
  ['pm_declined', 'card_declined'],
  ['pm_insufficient_funds', 'insufficient_funds'],
]);
export const LOST_RESPONSE_METHOD = 'pm_authorize_timeout';
export const CAPTURE_FAILURE_METHOD = 'pm_capture_fails';
/**
 * Time after which the simulated customer authenticates, or fails to. An abandoned action has no
 * result.
 */
export const ACTION_MILLISECONDS = 30 * MILLISECONDS_PER_SECOND;
export const ACTION_RESULTS: ReadonlyMap<string, 'authorized' | 'declined' | undefined> = new Map([
  ['pm_requires_action', 'authorized'],
  ['pm_requires_action_fails', 'declined'],
  ['pm_requires_action_abandoned', undefined],
]);
/**
 * Time after which a first refund changes to its second status. All other refunds are done at once.
 */
export const REFUND_MILLISECONDS = 10 * 60 * MILLISECONDS_PER_SECOND;
export const FIRST_REFUND_STATUSES: ReadonlyMap<
  string,
  readonly [Refund['status'], Refund['status']]
> = new Map([
  ['pm_refund_pending', ['PENDING', 'DONE']],
  ['pm_refund_pending_fails', ['PENDING', 'FAILED']],
  ['pm_refund_fails_later', ['DONE', 'FAILED']],
]);
/** Number of refund requests that are rejected before one is accepted. */
export const REFUND_FAILURE_COUNTS: ReadonlyMap<string, number> = new Map([
  ['pm_refund_fails_2', 2],
  ['pm_refund_fails', Number.POSITIVE_INFINITY],
]);
export const ACCEPTED_METHODS: ReadonlySet<string> = new Set([
  'pm_ok',
  LOST_RESPONSE_METHOD,
  CAPTURE_FAILURE_METHOD,
  ...ACTION_RESULTS.keys(),
  ...FIRST_REFUND_STATUSES.keys(),
  ...REFUND_FAILURE_COUNTS.keys(),
]);

export function refundAt({ nextStatus, ...refund }: SandboxRefund, now: Instant): Refund {
  if (nextStatus === undefined || now < nextStatus.at) return refund;
  const code = nextStatus.status === 'FAILED' ? { failureCode: 'expired_or_canceled_card' } : {};
  return { ...refund, status: nextStatus.status, ...code };
}
