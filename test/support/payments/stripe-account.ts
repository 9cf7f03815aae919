import { randomUUID } from 'node:crypto';
import { amountRejectionOf } from './stripe-amounts.ts';
import {
  chargeBody,
  disputeBody,
  type Intent,
  intentBody,
  type Refund,
  refundBody,
  refundedOf,
} from './stripe-objects.ts';
import {
  errorResponse,
  notFound,
  type StripeResponse,
  unexpectedState,
} from './stripe-responses.ts';

/** Webhook message as Stripe sends it, without its signature. */
export type WebhookMessage = { readonly type: string; readonly payload: string };

/** https://docs.stripe.com/testing: payment methods that decline, with Stripe's codes. */
const DECLINE_ERRORS: ReadonlyMap<string, { code: string; decline_code: string }> = new Map([
  ['pm_card_visa_chargeDeclined', { code: 'card_declined', decline_code: 'generic_decline' }],
  [
    'pm_card_chargeDeclinedInsufficientFunds',
    { code: 'card_declined', decline_code: 'insufficient_funds' },
  ],
]);
const ACTION_METHOD = 'pm_card_authenticationRequired';

const MILLISECONDS_PER_SECOND = 1_000;
const CANCELABLE = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
  'requires_capture',
  'processing',
];

/** The objects of a Stripe account, and the requests of its API that change them. */
export class StripeAccount {
  readonly intents = new Map<string, Intent>();
  /** Messages that Stripe would have sent, in order. */
  readonly messages: WebhookMessage[] = [];
  /** Refunds are rejected with this code while it is set. */
  refundRejectionCode: string | undefined;
  /** Status of new refunds. */
  newRefundStatus: 'succeeded' | 'pending' | 'failed' = 'succeeded';
  /** Added to the machine's clock. */
  clockOffsetMilliseconds = 0;

  get now(): number {
    return Date.now() + this.clockOffsetMilliseconds;
  }

  protected get nowSeconds(): number {
    return Math.floor(this.now / MILLISECONDS_PER_SECOND);
  }

  protected emit(type: string, object: object): void {
    const payload = JSON.stringify({
      id: `evt_${randomUUID()}`,
      object: 'event',
      type,
      created: this.nowSeconds,
      data: { object },
    });
    this.messages.push({ type, payload });
  }

  protected respond(method: string, path: string, form: URLSearchParams): StripeResponse {
    const [, , resource, id = '', action] = path.split('/');
    if (method === 'POST' && resource === 'refunds') return this.#refund(form);
    if (method === 'GET' && resource === 'refunds')
      return this.#list(form, ({ refunds }) => refunds, refundBody);
    if (method === 'GET' && resource === 'disputes')
      return this.#list(form, ({ disputes }) => disputes, disputeBody);
    if (resource !== 'payment_intents') return notFound();
    if (method === 'POST' && id === '') return this.#create(form);
    const intent = this.intents.get(id);
    if (intent === undefined) return notFound();
    if (method === 'GET') return { status: 200, body: intentBody(intent) };
    if (action === 'confirm') return this.#confirm(intent, form);
    if (action === 'capture') return this.#transition(intent, ['requires_capture'], 'succeeded');
    if (action === 'cancel') return this.#transition(intent, CANCELABLE, 'canceled');
    return notFound();
  }

  /** Returns a page, newest first, of one intent or since a time. */
  #list<One extends { readonly id: string; readonly intent: Intent; readonly created: number }>(
    form: URLSearchParams,
    of: (intent: Intent) => readonly One[],
    body: (one: One, isExpanded: boolean) => object,
  ): StripeResponse {
    const intentId = form.get('payment_intent');
    const since = Number(form.get('created[gte]') ?? 0);
    const limit = Number(form.get('limit') ?? 10);
    const isExpanded = form.get('expand[0]') === 'data.payment_intent';
    const all = [...this.intents.values()]
      .filter(({ id }) => intentId === null || id === intentId)
      .flatMap(of)
      .filter(({ created }) => created >= since)
      .toReversed();
    const after = form.get('starting_after');
    const from = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1;
    const data = all.slice(from, from + limit).map((one) => body(one, isExpanded));
    return { status: 200, body: { object: 'list', data, has_more: all.length > from + limit } };
  }

  #create(form: URLSearchParams): StripeResponse {
    const amount = Number(form.get('amount'));
    const currency = form.get('currency') ?? '';
    const rejected = amountRejectionOf(amount, currency);
    if (rejected !== undefined)
      return errorResponse(400, {
        type: 'invalid_request_error',
        message: 'Invalid amount or currency',
        ...rejected,
      });
    const intent: Intent = {
      id: `pi_${randomUUID().replaceAll('-', '')}`,
      amount,
      currency,
      metadata: { stockbook_key: form.get('metadata[stockbook_key]') ?? '' },
      refunds: [],
      disputes: [],
      status: 'requires_payment_method',
      lastError: null,
    };
    if (form.get('capture_method') !== 'manual') throw new Error('capture_method must be manual');
    this.intents.set(intent.id, intent);
    return { status: 200, body: intentBody(intent) };
  }

  #confirm(intent: Intent, form: URLSearchParams): StripeResponse {
    if (!['requires_payment_method', 'requires_confirmation'].includes(intent.status))
      return unexpectedState(intent);
    const method = form.get('payment_method') ?? '';
    const declined = DECLINE_ERRORS.get(method);
    if (declined !== undefined) {
      const error = { type: 'card_error', ...declined, message: 'Your card was declined.' };
      intent.lastError = error;
      return errorResponse(402, { ...error, payment_intent: intentBody(intent) });
    }
    if (!method.startsWith('pm_card_'))
      return errorResponse(400, {
        type: 'invalid_request_error',
        code: 'resource_missing',
        message: `No such PaymentMethod: '${method}'`,
      });
    intent.lastError = null;
    intent.status = method === ACTION_METHOD ? 'requires_action' : 'requires_capture';
    this.emit(
      `payment_intent.${method === ACTION_METHOD ? 'requires_action' : 'amount_capturable_updated'}`,
      intentBody(intent),
    );
    return { status: 200, body: intentBody(intent) };
  }

  #transition(intent: Intent, from: readonly string[], to: string): StripeResponse {
    if (!from.includes(intent.status)) return unexpectedState(intent);
    intent.status = to;
    this.emit(`payment_intent.${to}`, intentBody(intent));
    return { status: 200, body: intentBody(intent) };
  }

  #refund(form: URLSearchParams): StripeResponse {
    const intent = this.intents.get(form.get('payment_intent') ?? '');
    if (intent?.status !== 'succeeded') return notFound();
    if (this.refundRejectionCode !== undefined)
      return errorResponse(400, {
        type: 'invalid_request_error',
        code: this.refundRejectionCode,
        message: 'Insufficient funds',
      });
    if (intent.disputes.some(({ status }) => status !== 'won'))
      return errorResponse(400, {
        type: 'invalid_request_error',
        code: 'charge_disputed',
        message: 'The charge has been charged back',
      });
    const refundable = intent.amount - refundedOf(intent);
    const amount = Number(form.get('amount') ?? refundable);
    if (refundable === 0)
      return errorResponse(400, {
        type: 'invalid_request_error',
        code: 'charge_already_refunded',
        message: 'Already refunded',
      });
    if (amount > refundable || amount < 1)
      return errorResponse(400, {
        type: 'invalid_request_error',
        message: `Refund amount (${amount}) is greater than unrefunded amount on charge (${refundable})`,
      });
    const metadata = Object.fromEntries(
      [...form].flatMap(([name, value]) => {
        const [, field] = /^metadata\[(.+)\]$/.exec(name) ?? [];
        return field === undefined ? [] : [[field, value]];
      }),
    );
    const refund = this.createRefund(intent, amount, metadata, this.newRefundStatus);
    return { status: 200, body: refundBody(refund) };
  }

  protected createRefund(
    intent: Intent,
    amount: number,
    metadata: Readonly<Record<string, string>>,
    status: string,
  ): Refund {
    const refund: Refund = {
      id: `re_${randomUUID()}`,
      intent,
      amount,
      metadata,
      created: this.nowSeconds,
      status,
      ...(status === 'failed' ? { failureReason: 'expired_or_canceled_card' } : {}),
    };
    intent.refunds.push(refund);
    this.emit('refund.created', refundBody(refund));
    this.emit('charge.refunded', chargeBody(intent));
    return refund;
  }
}
