import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import { StripeAccount } from './stripe-account.ts';
import {
  type Dispute,
  disputeBody,
  type Intent,
  intentBody,
  type Refund,
  refundBody,
} from './stripe-objects.ts';
import { errorResponse, SERVER_ERROR, type StripeResponse } from './stripe-responses.ts';

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

export const SECRET_KEY = 'sk_test_double';
export const WEBHOOK_SECRET = 'whsec_double';

/**
 * Time after which keys are removed: at least 24 hours.
 * https://docs.stripe.com/api/idempotent_requests
 */
const KEY_MILLISECONDS = 24 * 60 * 60 * 1_000;

/**
 * Stripe's HTTP API on this machine, by its published reference: PaymentIntents with manual
 * capture, refunds, disputes and idempotency keys. A repeat under a key gets the first response for
 * 24 hours, including a rejection and a 500. Tests use it in place of Stripe, which they never
 * call. https://docs.stripe.com/api/payment_intents, https://docs.stripe.com/api/refunds,
 * https://docs.stripe.com/api/disputes, https://docs.stripe.com/api/idempotent_requests
 */
export class StripeDouble extends StripeAccount {
  readonly requests: string[] = [];
  /** Responds to every request with 500 while true. */
  isDown = false;
  readonly #responses = new Map<
    string,
    { fingerprint: string; at: number; response: StripeResponse | undefined }
  >();
  readonly #faults: InjectedFault[] = [];
  readonly #server: Server;

  private constructor() {
    super();
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

  /** Returns Stripe's own client for this server. */
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

  injectFaults(...faults: readonly InjectedFault[]): void {
    this.#faults.push(...faults);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Returns the intents of an attempt. Some may be without money. */
  intentsOf(key: string): readonly Intent[] {
    return [...this.intents.values()].filter(({ metadata }) => metadata.stockbook_key === key);
  }

  /** Completes or fails the authentication that the customer's bank requires. */
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
    this.emit(`payment_intent.${type}`, intentBody(intent));
  }

  /** Refunds like a person in the dashboard: without Stockbook's metadata. */
  refundInDashboard(intent: Intent, amount: number): Refund {
    return this.createRefund(intent, amount, {}, 'succeeded');
  }

  /** Changes the status of a refund, as Stripe does days later. */
  setRefundStatus(refund: Refund, status: 'succeeded' | 'failed'): void {
    refund.status = status;
    if (status === 'failed') refund.failureReason = 'expired_or_canceled_card';
    this.emit('charge.refund.updated', refundBody(refund));
    if (status === 'failed') this.emit('refund.failed', refundBody(refund));
  }

  /** Opens a dispute: the customer's bank takes the whole amount back. */
  dispute(intent: Intent): Dispute {
    const dispute: Dispute = {
      id: `du_${randomUUID()}`,
      intent,
      amount: intent.amount,
      created: this.nowSeconds,
      status: 'needs_response',
    };
    intent.disputes.push(dispute);
    this.emit('charge.dispute.created', disputeBody(dispute));
    return dispute;
  }

  closeDispute(dispute: Dispute, status: 'won' | 'lost'): void {
    dispute.status = status;
    this.emit('charge.dispute.closed', disputeBody(dispute));
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
        const done = this.respond(method, path, form);
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
    // Waits long enough for a concurrent duplicate to arrive.
    await new Promise((resolve) => setTimeout(resolve, 5));
    const response = act();
    this.#responses.set(String(key), { fingerprint, at: this.now, response });
    return response;
  }
}
