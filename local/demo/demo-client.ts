import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from './wait-until.ts';

export type Stock = {
  readonly sku: string;
  readonly onHand: number;
  readonly available: number;
  readonly held: number;
  readonly committed: number;
  readonly locations: readonly { readonly locationId: string; readonly available: number }[];
  readonly holds: readonly { readonly expiresAt: string; readonly quantity: number }[];
  readonly asOf: string;
};
export type Order = {
  readonly orderId: string;
  readonly status: string;
  readonly expiresAt: string;
  readonly total: { readonly amount: number; readonly currency: string };
  readonly payment: {
    readonly status: string;
    readonly attempt: number;
    readonly lastError?: string;
  } | null;
  readonly timeline: readonly { readonly status: string; readonly reason?: string }[];
};
export type Movement = {
  readonly movementId: string;
  readonly at: string;
  readonly kind: string;
  readonly quantity: number;
  readonly from: string;
  readonly to: string;
  readonly heldUntil?: string;
  readonly reservationId?: string;
};
/** A problem of the API. The gateway's own rejections have a status only. */
export type Rejection = {
  readonly status: number;
  readonly code?: string;
  readonly detail?: string;
};
export type Count = {
  readonly expected: number;
  readonly counted: number;
  readonly difference: number;
  readonly status: string;
  /** Finding that a person decides. Absent for a count that was posted at once. */
  readonly findingId?: string;
};

const ATTEMPTS_MAX = 5;

/**
 * Client of the HTTP API for the demo, as one caller. Throws for any response that the demo does
 * not expect.
 */
export class DemoClient {
  readonly #api: string;
  readonly #token: string;

  constructor(api: string, token: string) {
    this.#api = api;
    this.#token = token;
  }

  /** `key` is the idempotency key of a POST. Default a new one. */
  async send<Body>(method: string, path: string, body?: unknown, key?: string): Promise<Body> {
    const { status, body: responseBody } = await this.#request(method, path, body, key);
    if (status >= 400)
      throw new Error(`${method} ${path} returned ${status} ${JSON.stringify(responseBody)}`);
    return responseBody as Body;
  }

  /** Sends a request that must be rejected. */
  async expectRejection(method: string, path: string, body?: unknown): Promise<Rejection> {
    const { status, body: responseBody } = await this.#request(method, path, body);
    if (status < 400) throw new Error(`${method} ${path} was not rejected, but returned ${status}`);
    return { ...(responseBody as Omit<Rejection, 'status'>), status };
  }

  getStock(sku: string): Promise<Stock> {
    return this.send('GET', `/stock/${sku}`);
  }

  waitForOrder(orderId: string, ...statuses: readonly string[]): Promise<Order> {
    return waitUntil(
      () => this.send<Order>('GET', `/orders/${orderId}`),
      ({ status }) => statuses.includes(status),
      ({ status }) => `Order ${orderId} is ${status}, not ${statuses.join(' or ')}.`,
    );
  }

  waitForStock(sku: string, isThere: (stock: Stock) => boolean): Promise<Stock> {
    return waitUntil(
      () => this.getStock(sku),
      isThere,
      (stock) => `The stock of ${sku} did not reach the expected state: ${JSON.stringify(stock)}`,
    );
  }

  /** Lists all movements of a SKU, oldest first. */
  async listMovements(sku: string): Promise<Movement[]> {
    const all: Movement[] = [];
    let cursor: string | undefined;
    do {
      const query = new URLSearchParams({
        limit: '100',
        ...(cursor === undefined ? {} : { cursor }),
      });
      const page = await this.send<{ items: Movement[]; cursor?: string }>(
        'GET',
        `/stock/${sku}/movements?${query}`,
      );
      all.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return all.reverse();
  }

  /**
   * Sends a request. Retries with the same key when the response has Retry-After, up to five
   * attempts in total.
   */
  async #request(
    method: string,
    path: string,
    body: unknown,
    key: string = randomUUID(),
  ): Promise<{ status: number; body: unknown }> {
    const init = {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(method === 'POST' ? { 'idempotency-key': key } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    for (let attempt = 1; ; attempt += 1) {
      const response = await fetch(this.#api + path, init);
      const responseBody: unknown = await response.json();
      const retryAfter = response.headers.get('retry-after');
      if (response.status !== 503 || retryAfter === null || attempt === ATTEMPTS_MAX)
        return { status: response.status, body: responseBody };
      await delay(Number(retryAfter) * 1000);
    }
  }
}
