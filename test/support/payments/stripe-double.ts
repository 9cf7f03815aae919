import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';

/** Fault to inject into the next request whose path ends with `at`. */
export type InjectedFault = {
  readonly at: string;
  /**
   * `lostResponse`: takes effect, and the response is lost. `serverError`: no effect, and the 500
   * is stored under the key. `serverErrorAfterEffect`: takes effect, and a 500 is stored.
   * `throttled`: no effect, 429, nothing is stored.
   */
  readonly kind: 'lostResponse' | 'serverError' | 'serverErrorAfterEffect' | 'throttled';
};
type Refund = {
  readonly id: string;
  readonly intent: Intent;
  readonly amount: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly created: number;
  status: string;
  failureReason?: string;
};
type Dispute = {
  readonly id: string;
  readonly intent: Intent;
  readonly amount: number;
  readonly created: number;
  status: string;
};
type Intent = {
  readonly id: string;
  readonly amount: number;
  readonly currency: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly refunds: Refund[];
  readonly disputes: Dispute[];
  status: string;
  lastError: object | null;
};
type StripeResponse = { readonly status: number; readonly body: object };
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
export const SECRET_KEY = 'sk_test_double';
export const WEBHOOK_SECRET = 'whsec_double';
/** Suffix of a client secret, after its intent's id. */
export const CLIENT_SECRET_SUFFIX = '_secret_double';

const SECOND = 1_000;
/**
 * Time after which keys are removed: at least 24 hours.
 * https://docs.stripe.com/api/idempotent_requests
 */
const KEY_MILLISECONDS = 24 * 60 * 60 * SECOND;
/** `latest_charge.refunds`, expanded, has the newest ten. */
const EXPANDED_REFUNDS_MAX = 10;

/**
 * Minimum amounts by currency, in minor units.
 * https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
 */
const MINIMUM_AMOUNTS: Readonly<Record<string, number>> = {
  usd: 50,
  aed: 200,
  aud: 50,
  brl: 50,
  cad: 50,
  chf: 50,
  czk: 1500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  huf: 17500,
  inr: 50,
  jpy: 50,
  mxn: 1000,
  myr: 200,
  nok: 300,
  nzd: 50,
  pln: 200,
  ron: 200,
  sek: 300,
  sgd: 50,
  thb: 1000,
  bhd: 1,
  krw: 1,
  kwd: 1,
  jod: 1,
  omr: 1,
  tnd: 1,
};
/** https://docs.stripe.com/currencies#three-decimal: the last digit must be 0. */
const THREE_DECIMALS = new Set(['bhd', 'jod', 'kwd', 'omr', 'tnd']);
/** Eight digits. https://docs.stripe.com/api/payment_intents/create#create_payment_intent-amount */
const AMOUNT_MAX = 99_999_999;
const CANCELABLE = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
  'requires_capture',
  'processing',
];

/**
 * Stripe's HTTP API on this machine, by its published reference: PaymentIntents with manual
 * capture, refunds, disputes and idempotency keys. A repeat under a key gets the first response for
 * 24 hours, including a rejection and a 500. Tests use it in place of Stripe, which they never
 * call. https://docs.stripe.com/api/payment_intents, https://docs.stripe.com/api/refunds,
 * https://docs.stripe.com/api/disputes, https://docs.stripe.com/api/idempotent_requests
 */
export class StripeDouble {
  readonly intents = new Map<string, Intent>();
  readonly requests: string[] = [];
  /** Messages that Stripe would have sent, in order. */
  readonly messages: WebhookMessage[] = [];
  /** Refunds are rejected with this code while it is set. */
  refundRejectionCode: string | undefined;
  /** Status of new refunds. */
  newRefundStatus: 'succeeded' | 'pending' | 'failed' = 'succeeded';
  /** Responds to every request with 500 while true. */
  isDown = false;
  /** Added to the machine's clock. */
  clockOffsetMilliseconds = 0;
  readonly #responses = new Map<
    string,
    { fingerprint: string; at: number; response: StripeResponse | undefined }
  >();
  readonly #faults: InjectedFault[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#serve(request).then((result) => {
        if (result === undefined) return request.socket.destroy();
        response.writeHead(result.status, {
          'content-type': 'application/json',
          'request-id': `req_${randomUUID()}`,
        });
        return response.end(JSON.stringify(result.body));
      });
    });
  }

  static async start(): Promise<StripeDouble> {
    const double = new StripeDouble();
    await new Promise<void>((resolve) => double.#server.listen(0, '127.0.0.1', resolve));
    return double;
  }

  /** Stripe's own client, pointed here. */
  client(): Stripe {
    return new Stripe(SECRET_KEY, {
      host: '127.0.0.1',
      port: this.port,
      protocol: 'http',
      maxNetworkRetries: 0,
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get now(): number {
    return Date.now() + this.clockOffsetMilliseconds;
  }

  injectFaults(...faults: readonly InjectedFault[]): void {
    this.#faults.push(...faults);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The intents of an attempt; there may be some without money. */
  intentsOf(key: string): readonly Intent[] {
    return [...this.intents.values()].filter(({ metadata }) => metadata.stockbook_key === key);
  }

  /** The customer does, or fails to do, what their bank required. */
  authenticate(intent: Intent, isDone: boolean): void {
    if (intent.status !== 'requires_action') throw new Error(`the intent is ${intent.status}`);
    intent.status = isDone ? 'requires_capture' : 'requires_payment_method';
    if (!isDone)
      intent.lastError = {
        type: 'invalid_request_error',
        code: 'payment_intent_authentication_failure',
        message: 'The customer did not authenticate.',
      };
    const type = isDone ? 'amount_capturable_updated' : 'payment_failed';
    this.#send(`payment_intent.${type}`, toBody(intent));
  }

  /** A refund that a person makes in the dashboard: it has no metadata of ours. */
  refundInDashboard(intent: Intent, amount: number): Refund {
    return this.#newRefund(intent, amount, {}, 'succeeded');
  }

  /** A refund changes its status by itself, days later. */
  setRefundStatus(refund: Refund, status: 'succeeded' | 'failed'): void {
    refund.status = status;
    if (status === 'failed') refund.failureReason = 'expired_or_canceled_card';
    this.#send('charge.refund.updated', refundBody(refund));
    if (status === 'failed') this.#send('refund.failed', refundBody(refund));
  }

  /** The customer's bank takes the whole amount back. */
  dispute(intent: Intent): Dispute {
    const dispute: Dispute = {
      id: `du_${randomUUID()}`,
      intent,
      amount: intent.amount,
      created: Math.floor(this.now / SECOND),
      status: 'needs_response',
    };
    intent.disputes.push(dispute);
    this.#send('charge.dispute.created', disputeBody(dispute));
    return dispute;
  }

  closeDispute(dispute: Dispute, status: 'won' | 'lost'): void {
    dispute.status = status;
    this.#send('charge.dispute.closed', disputeBody(dispute));
  }

  #send(type: string, object: object): void {
    const payload = JSON.stringify({
      id: `evt_${randomUUID()}`,
      object: 'event',
      type,
      created: Math.floor(this.now / SECOND),
      data: { object },
    });
    this.messages.push({ type, payload });
  }

  async #serve(request: IncomingMessage): Promise<StripeResponse | undefined> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const { method = '', headers } = request;
    const [path = '', query = ''] = (request.url ?? '').split('?');
    this.requests.push(`${method} ${path}`);
    if (headers.authorization !== `Bearer ${SECRET_KEY}`)
      return errorResponse(401, {
        type: 'invalid_request_error',
        message: 'Invalid API Key provided',
      });
    if (this.isDown) return SERVER_ERROR;

    const index = this.#faults.findIndex(({ at }) => `${method} ${path}`.endsWith(at));
    const [fault] = index === -1 ? [] : this.#faults.splice(index, 1);
    if (fault?.kind === 'throttled')
      return errorResponse(429, {
        type: 'invalid_request_error',
        code: 'rate_limit',
        message: 'Too many requests',
      });
    const form = new URLSearchParams(method === 'GET' ? query : text);
    const response = await this.#respondOnce(
      headers['idempotency-key'],
      `${method} ${path} ${text}`,
      () => {
        if (fault?.kind === 'serverError') return SERVER_ERROR;
        const done = this.#respond(method, path, form);
        return fault?.kind === 'serverErrorAfterEffect' ? SERVER_ERROR : done;
      },
    );
    return fault?.kind === 'lostResponse' ? undefined : response;
  }

  async #respondOnce(
    key: string | string[] | undefined,
    fingerprint: string,
    act: () => StripeResponse,
  ): Promise<StripeResponse> {
    if (key === undefined) return act();
    const stored = this.#responses.get(String(key));
    const known =
      stored !== undefined && this.now - stored.at < KEY_MILLISECONDS ? stored : undefined;
    if (known !== undefined && known.fingerprint !== fingerprint)
      return errorResponse(400, {
        type: 'idempotency_error',
        message: 'Keys can only be used with the same parameters',
      });
    if (known?.response !== undefined) return known.response;
    if (known !== undefined)
      return errorResponse(409, {
        type: 'idempotency_error',
        code: 'idempotency_key_in_use',
        message: 'In use',
      });
    this.#responses.set(String(key), { fingerprint, at: this.now, response: undefined });
    // Long enough for a duplicate to arrive in between.
    await new Promise((resolve) => setTimeout(resolve, 5));
    const response = act();
    this.#responses.set(String(key), { fingerprint, at: this.now, response });
    return response;
  }

  #respond(method: string, path: string, form: URLSearchParams): StripeResponse {
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
    if (method === 'GET') return { status: 200, body: toBody(intent) };
    if (action === 'confirm') return this.#confirm(intent, form);
    if (action === 'capture') return this.#transition(intent, ['requires_capture'], 'succeeded');
    if (action === 'cancel') return this.#transition(intent, CANCELABLE, 'canceled');
    return notFound();
  }

  /** Newest first, in pages, of one intent or since a time. */
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
    const rejected = rejectionOf(amount, currency);
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
    if (form.get('capture_method') !== 'manual') throw new Error('captures at once');
    this.intents.set(intent.id, intent);
    return { status: 200, body: toBody(intent) };
  }

  #confirm(intent: Intent, form: URLSearchParams): StripeResponse {
    if (!['requires_payment_method', 'requires_confirmation'].includes(intent.status))
      return unexpectedState(intent);
    const method = form.get('payment_method') ?? '';
    const declined = DECLINE_ERRORS.get(method);
    if (declined !== undefined) {
      const error = { type: 'card_error', ...declined, message: 'Your card was declined.' };
      intent.lastError = error;
      return errorResponse(402, { ...error, payment_intent: toBody(intent) });
    }
    if (!method.startsWith('pm_card_'))
      return errorResponse(400, {
        type: 'invalid_request_error',
        code: 'resource_missing',
        message: `No such PaymentMethod: '${method}'`,
      });
    intent.lastError = null;
    intent.status = method === ACTION_METHOD ? 'requires_action' : 'requires_capture';
    this.#send(
      `payment_intent.${method === ACTION_METHOD ? 'requires_action' : 'amount_capturable_updated'}`,
      toBody(intent),
    );
    return { status: 200, body: toBody(intent) };
  }

  #transition(intent: Intent, from: readonly string[], to: string): StripeResponse {
    if (!from.includes(intent.status)) return unexpectedState(intent);
    intent.status = to;
    this.#send(`payment_intent.${to}`, toBody(intent));
    return { status: 200, body: toBody(intent) };
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
    const left = intent.amount - refundedOf(intent);
    const amount = Number(form.get('amount') ?? left);
    if (left === 0)
      return errorResponse(400, {
        type: 'invalid_request_error',
        code: 'charge_already_refunded',
        message: 'Already refunded',
      });
    if (amount > left || amount < 1)
      return errorResponse(400, {
        type: 'invalid_request_error',
        message: `Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`,
      });
    const metadata = Object.fromEntries(
      [...form].flatMap(([name, value]) => {
        const [, field] = /^metadata\[(.+)\]$/.exec(name) ?? [];
        return field === undefined ? [] : [[field, value]];
      }),
    );
    const refund = this.#newRefund(intent, amount, metadata, this.newRefundStatus);
    return { status: 200, body: refundBody(refund) };
  }

  #newRefund(
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
      created: Math.floor(this.now / SECOND),
      status,
      ...(status === 'failed' ? { failureReason: 'expired_or_canceled_card' } : {}),
    };
    intent.refunds.push(refund);
    this.#send('refund.created', refundBody(refund));
    this.#send('charge.refunded', chargeBody(intent));
    return refund;
  }
}

/**
 * Returns the refunded amount of a charge, which includes pending refunds and excludes failed ones.
 */
export const refundedOf = ({ refunds }: Intent): number =>
  refunds
    .filter(({ status }) => status === 'succeeded' || status === 'pending')
    .reduce((sum, { amount }) => sum + amount, 0);

function rejectionOf(
  amount: number,
  currency: string,
): { readonly code?: string; readonly param: string } | undefined {
  const minimum = MINIMUM_AMOUNTS[currency];
  if (minimum === undefined) return { param: 'currency' };
  if (!Number.isSafeInteger(amount) || amount < 1)
    return { code: 'parameter_invalid_integer', param: 'amount' };
  if (amount > AMOUNT_MAX) return { code: 'amount_too_large', param: 'amount' };
  if (amount < minimum) return { code: 'amount_too_small', param: 'amount' };
  if (THREE_DECIMALS.has(currency) && amount % 10 !== 0) return { param: 'amount' };
  return undefined;
}

const toBody = (intent: Intent): object => ({
  object: 'payment_intent',
  id: intent.id,
  amount: intent.amount,
  currency: intent.currency,
  metadata: intent.metadata,
  status: intent.status,
  capture_method: 'manual',
  client_secret: intent.id + CLIENT_SECRET_SUFFIX,
  next_action:
    intent.status === 'requires_action' ? { type: 'use_stripe_sdk', use_stripe_sdk: {} } : null,
  amount_received: intent.status === 'succeeded' ? intent.amount : 0,
  last_payment_error: intent.lastError,
  latest_charge: intent.status === 'succeeded' ? chargeBody(intent) : null,
});
const chargeBody = (intent: Intent): object => ({
  object: 'charge',
  id: intent.id.replace('pi_', 'ch_'),
  payment_intent: intent.id,
  metadata: intent.metadata,
  amount: intent.amount,
  amount_refunded: refundedOf(intent),
  disputed: intent.disputes.length > 0,
  refunds: {
    object: 'list',
    data: intent.refunds
      .toReversed()
      .slice(0, EXPANDED_REFUNDS_MAX)
      .map((refund) => refundBody(refund)),
    has_more: intent.refunds.length > EXPANDED_REFUNDS_MAX,
  },
});
const refundBody = (
  { id, intent, amount, metadata, created, status, failureReason }: Refund,
  isExpanded = false,
): object => ({
  object: 'refund',
  id,
  payment_intent: isExpanded ? toBody(intent) : intent.id,
  amount,
  currency: intent.currency,
  metadata,
  created,
  status,
  ...(failureReason === undefined ? {} : { failure_reason: failureReason }),
});
const disputeBody = (
  { id, intent, amount, created, status }: Dispute,
  isExpanded = false,
): object => ({
  object: 'dispute',
  id,
  payment_intent: isExpanded ? toBody(intent) : intent.id,
  amount,
  currency: intent.currency,
  metadata: {},
  created,
  reason: 'fraudulent',
  status,
});
const errorResponse = (status: number, error: object): StripeResponse => ({
  status,
  body: { error },
});
const SERVER_ERROR = errorResponse(500, { type: 'api_error', message: 'An error occurred' });
const notFound = (): StripeResponse =>
  errorResponse(404, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: 'No such object',
  });
const unexpectedState = (intent: Intent): StripeResponse =>
  errorResponse(400, {
    type: 'invalid_request_error',
    code: 'payment_intent_unexpected_state',
    message: `This PaymentIntent's status is ${intent.status}`,
    payment_intent: toBody(intent),
  });
