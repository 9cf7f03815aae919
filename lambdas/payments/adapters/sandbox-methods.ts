import { type Instant, MILLISECONDS_PER_SECOND } from '../../shared/core/instant.ts';
import type { Refund } from '../domain/refund.ts';
import type { SandboxRefund } from './provider-records.ts';

/** Payment methods that are declined, with the code. A method that this file does not name is declined as unknown. */
export const DECLINED: ReadonlyMap<string, string> = new Map([
  ['pm_declined', 'card_declined'],
  ['pm_insufficient_funds', 'insufficient_funds'],
]);
export const LOSES_ITS_RESPONSE = 'pm_authorize_timeout';
export const CAPTURE_FAILS = 'pm_capture_fails';
/** The simulated customer authenticates after this time, fails to, or never does. */
export const ACTION_MILLISECONDS = 30 * MILLISECONDS_PER_SECOND;
export const ACTIONS: ReadonlyMap<string, 'authorized' | 'declined' | undefined> = new Map([
  ['pm_requires_action', 'authorized'],
  ['pm_requires_action_fails', 'declined'],
  ['pm_requires_action_abandoned', undefined],
]);
/** A first refund is in its first status for this time, and then in its second one. Every other refund is done at once. */
export const REFUND_MILLISECONDS = 10 * 60 * MILLISECONDS_PER_SECOND;
export const FIRST_REFUND: ReadonlyMap<string, readonly [Refund['status'], Refund['status']]> =
  new Map([
    ['pm_refund_pending', ['PENDING', 'DONE']],
    ['pm_refund_pending_fails', ['PENDING', 'FAILED']],
    ['pm_refund_fails_later', ['DONE', 'FAILED']],
  ]);
/** Number of refund requests that are rejected before one is accepted. */
export const REFUND_FAILURES: ReadonlyMap<string, number> = new Map([
  ['pm_refund_fails_2', 2],
  ['pm_refund_fails', Number.POSITIVE_INFINITY],
]);
export const ACCEPTED: ReadonlySet<string> = new Set([
  'pm_ok',
  LOSES_ITS_RESPONSE,
  CAPTURE_FAILS,
  ...ACTIONS.keys(),
  ...FIRST_REFUND.keys(),
  ...REFUND_FAILURES.keys(),
]);

export function refundAt({ becomes, ...refund }: SandboxRefund, now: Instant): Refund {
  if (becomes === undefined || now < becomes.at) return refund;
  const code = becomes.status === 'FAILED' ? { failureCode: 'expired_or_canceled_card' } : {};
  return { ...refund, status: becomes.status, ...code };
}
