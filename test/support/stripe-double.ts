import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';

/** What may go wrong with the next request whose path ends like this. */
export type Trouble = {
  readonly at: string;
  /** Done, but nobody is told; not done, and answered 500; not done, and throttled. */
  readonly what: 'lost' | 'serverError' | 'throttled';
};
type Intent = {
  readonly id: string;
  readonly amount: number;
  readonly currency: string;
  readonly metadata: Readonly<Record<string, string>>;
  status: string;
  lastError: object | null;
  refunded: number;
};
type Answer = { readonly status: number; readonly body: object };

/** https://docs.stripe.com/testing: payment methods that decline, by what Stripe says of them. */
const DECLINED: ReadonlyMap<string, { code: string; decline_code: string }> = new Map([
  ['pm_card_visa_chargeDeclined', { code: 'card_declined', decline_code: 'generic_decline' }],
  ['pm_card_chargeDeclinedInsufficientFunds', { code: 'card_declined', decline_code: 'insufficient_funds' }],
  [
    'pm_card_authenticationRequired',
    { code: 'authentication_required', decline_code: 'authentication_required' },
  ],
]);
export const SECRET_KEY = 'sk_test_double';
export const WEBHOOK_SECRET = 'whsec_double';

/**
 * Stripe over HTTP on this machine, as its published API reference says: PaymentIntents with manual capture, refunds, and idempotency
 * keys, under which a repeat gets the first answer, a refusal too. It stands for Stripe in tests; Stripe itself is never called.
 * https://docs.stripe.com/api/payment_intents, https://docs.stripe.com/api/refunds, https://docs.stripe.com/api/idempotent_requests
 */
export class StripeDouble {
  readonly intents = new Map<string, Intent>();
  readonly requests: string[] = [];
  /** Refunds are refused while this has a code. */
  refundsRefused: string | undefined;
  readonly #answers = new Map<string, { readonly print: string; readonly answer: Answer | undefined }>();
  readonly #troubles: Trouble[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#serve(request).then((answer) => {
        if (answer === undefined) return request.socket.destroy();
        response.writeHead(answer.status, {
          'content-type': 'application/json',
          'request-id': `req_${randomUUID()}`,
        });
        return response.end(JSON.stringify(answer.body));
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
    const { port } = this.#server.address() as AddressInfo;
    return new Stripe(SECRET_KEY, { host: '127.0.0.1', port, protocol: 'http', maxNetworkRetries: 0 });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  trouble(...troubles: readonly Trouble[]): void {
    this.#troubles.push(...troubles);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage): Promise<Answer | undefined> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const { method = '', headers } = request;
    const path = (request.url ?? '').split('?')[0] ?? '';
    this.requests.push(`${method} ${path}`);
    if (headers.authorization !== `Bearer ${SECRET_KEY}`)
      return refusal(401, { type: 'invalid_request_error', message: 'Invalid API Key provided' });

    const place = this.#troubles.findIndex(({ at }) => `${method} ${path}`.endsWith(at));
    const [trouble] = place === -1 ? [] : this.#troubles.splice(place, 1);
    if (trouble?.what === 'serverError')
      return refusal(500, { type: 'api_error', message: 'An error occurred' });
    if (trouble?.what === 'throttled')
      return refusal(429, {
        type: 'invalid_request_error',
        code: 'rate_limit',
        message: 'Too many requests',
      });
    const answer = await this.#once(headers['idempotency-key'], `${method} ${path} ${text}`, () =>
      this.#answer(method, path, new URLSearchParams(text)),
    );
    return trouble?.what === 'lost' ? undefined : answer;
  }

  async #once(key: string | string[] | undefined, print: string, act: () => Answer): Promise<Answer> {
    if (key === undefined) return act();
    const known = this.#answers.get(String(key));
    if (known !== undefined && known.print !== print)
      return refusal(400, {
        type: 'idempotency_error',
        message: 'Keys can only be used with the same parameters',
      });
    if (known?.answer !== undefined) return known.answer;
    if (known !== undefined)
      return refusal(409, { type: 'idempotency_error', code: 'idempotency_key_in_use', message: 'In use' });
    this.#answers.set(String(key), { print, answer: undefined });
    // Long enough for a twin to come in between.
    await new Promise((resolve) => setTimeout(resolve, 5));
    const answer = act();
    this.#answers.set(String(key), { print, answer });
    return answer;
  }

  #answer(method: string, path: string, form: URLSearchParams): Answer {
    const [, , resource, id = '', action] = path.split('/');
    if (method === 'POST' && resource === 'refunds') return this.#refund(form.get('payment_intent') ?? '');
    if (resource !== 'payment_intents') return notFound();
    if (method === 'POST' && id === '') return this.#create(form);
    const intent = this.intents.get(id);
    if (intent === undefined) return notFound();
    if (method === 'GET') return { status: 200, body: toBody(intent) };
    if (action === 'confirm') return this.#confirm(intent, form);
    if (action === 'capture') return this.#turn(intent, ['requires_capture'], 'succeeded');
    if (action === 'cancel')
      return this.#turn(
        intent,
        [
          'requires_payment_method',
          'requires_confirmation',
          'requires_action',
          'requires_capture',
          'processing',
        ],
        'canceled',
      );
    return notFound();
  }

  #create(form: URLSearchParams): Answer {
    const amount = Number(form.get('amount'));
    if (!Number.isSafeInteger(amount) || amount < 1)
      return refusal(400, {
        type: 'invalid_request_error',
        code: 'parameter_invalid_integer',
        message: 'Invalid integer',
      });
    const intent: Intent = {
      id: `pi_${randomUUID().replaceAll('-', '')}`,
      amount,
      currency: form.get('currency') ?? '',
      metadata: { stockbook_key: form.get('metadata[stockbook_key]') ?? '' },
      status: 'requires_payment_method',
      lastError: null,
      refunded: 0,
    };
    if (form.get('capture_method') !== 'manual') throw new Error('captures at once');
    this.intents.set(intent.id, intent);
    return { status: 200, body: toBody(intent) };
  }

  #confirm(intent: Intent, form: URLSearchParams): Answer {
    if (!['requires_payment_method', 'requires_confirmation'].includes(intent.status))
      return unexpectedState(intent);
    const method = form.get('payment_method') ?? '';
    const declined = DECLINED.get(method);
    if (declined !== undefined) {
      const error = { type: 'card_error', ...declined, message: 'Your card was declined.' };
      intent.lastError = error;
      return refusal(402, { ...error, payment_intent: toBody(intent) });
    }
    if (!method.startsWith('pm_card_'))
      return refusal(400, {
        type: 'invalid_request_error',
        code: 'resource_missing',
        message: `No such PaymentMethod: '${method}'`,
      });
    intent.lastError = null;
    intent.status = 'requires_capture';
    return { status: 200, body: toBody(intent) };
  }

  #turn(intent: Intent, from: readonly string[], to: string): Answer {
    if (!from.includes(intent.status)) return unexpectedState(intent);
    intent.status = to;
    return { status: 200, body: toBody(intent) };
  }

  #refund(id: string): Answer {
    const intent = this.intents.get(id);
    if (intent?.status !== 'succeeded') return notFound();
    if (this.refundsRefused !== undefined)
      return refusal(400, {
        type: 'invalid_request_error',
        code: this.refundsRefused,
        message: 'Insufficient funds',
      });
    if (intent.refunded > 0)
      return refusal(400, {
        type: 'invalid_request_error',
        code: 'charge_already_refunded',
        message: 'Already refunded',
      });
    intent.refunded = intent.amount;
    return {
      status: 200,
      body: { object: 'refund', id: `re_${randomUUID()}`, status: 'succeeded', amount: intent.amount },
    };
  }
}

const toBody = ({ id, amount, currency, metadata, status, lastError, refunded }: Intent): object => ({
  object: 'payment_intent',
  id,
  amount,
  currency,
  metadata,
  status,
  capture_method: 'manual',
  amount_received: status === 'succeeded' ? amount : 0,
  last_payment_error: lastError,
  latest_charge: status === 'succeeded' ? { object: 'charge', amount_refunded: refunded } : null,
});
const refusal = (status: number, error: object): Answer => ({ status, body: { error } });
const notFound = (): Answer =>
  refusal(404, { type: 'invalid_request_error', code: 'resource_missing', message: 'No such object' });
const unexpectedState = (intent: Intent): Answer =>
  refusal(400, {
    type: 'invalid_request_error',
    code: 'payment_intent_unexpected_state',
    message: `This PaymentIntent's status is ${intent.status}`,
  });
