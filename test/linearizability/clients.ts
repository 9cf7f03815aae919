import { AwsClient } from 'aws4fetch';
import * as z from 'zod/mini';
import { DEVELOPER_CREDENTIALS, region } from '../../local/account.ts';
import type { SeededRandom } from '../simulator/random.ts';
import { NEVER } from './checker.ts';
import type { RecordedOperation, Request, Response, Time } from './history.ts';

/** Access of the clients to the system under test. */
export type Target = {
  readonly api: string;
  readonly staffToken: string;
  /**
   * Delivers OrderConfirmed for a reservation to the function that commits it. Throws if it fails.
   */
  readonly confirm: (reservationId: string, sku: string) => Promise<void>;
};

/** Timeout of a request; longer than any function of the API may run. */
const REQUEST_MILLISECONDS_MAX = 40_000;

const Timestamp = z.pipe(
  z.string(),
  z.transform((text: string) => Date.parse(text)),
);
const ReservationBody = z.object({
  status: z.string(),
  expiresAt: z.nullable(Timestamp),
  lines: z.array(z.object({ quantity: z.number() })),
});
const StockBody = z.object({
  onHand: z.number(),
  available: z.number(),
  held: z.number(),
  committed: z.number(),
  holds: z.array(z.object({ expiresAt: Timestamp, quantity: z.number() })),
  asOf: Timestamp,
});
const MovementBody = z.object({ movementId: z.string(), quantity: z.number() });
const ProblemBody = z.object({
  code: z.string(),
  shortages: z.optional(z.array(z.object({ available: z.number() }))),
});

/** Returns the time of the functions' clock with fractions of a millisecond. */
const timeNow = (): Time => performance.timeOrigin + performance.now();

/** Sends requests of one SKU, and records each with its times and its outcome. */
export class RecordingClient {
  readonly #target: Target;
  readonly #sku: string;
  readonly #number: number;
  readonly #signer = new AwsClient({
    ...DEVELOPER_CREDENTIALS,
    region: region(),
    service: 'execute-api',
    retries: 0,
  });
  readonly recorded: RecordedOperation[] = [];
  /** Number of responses without an outcome, by status. */
  readonly failures = new Map<string, number>();

  constructor(target: Target, sku: string, number: number) {
    this.#target = target;
    this.#sku = sku;
    this.#number = number;
  }

  /** Sends a request. If `abortMilliseconds` is given, aborts the connection after that time. */
  async send(request: Request, abortMilliseconds?: number): Promise<Response> {
    const call = timeNow();
    const response = await this.#responseOf(request, abortMilliseconds);
    const end = response.kind === 'unknown' ? NEVER : timeNow();
    this.recorded.push({ client: this.#number, call, end, request, response });
    return response;
  }

  async #responseOf(request: Request, abortMilliseconds?: number): Promise<Response> {
    try {
      if (request.kind === 'commit') {
        await this.#target.confirm(request.id, this.#sku);
        return { kind: 'done' };
      }
      const signal = AbortSignal.timeout(abortMilliseconds ?? REQUEST_MILLISECONDS_MAX);
      const response = await this.#fetch(request, signal);
      return this.#read(request, response.status, await response.json());
    } catch (error) {
      this.#count(error instanceof z.core.$ZodError ? 'unreadable' : 'aborted');
      if (error instanceof z.core.$ZodError) throw error;
      return { kind: 'unknown' };
    }
  }

  #read(request: Request, status: number, body: unknown): Response {
    if (status >= 500 || status === 429) {
      this.#count(String(status));
      return { kind: 'unknown' };
    }
    if (status >= 400) {
      const { code, shortages } = ProblemBody.parse(body);
      const available = shortages?.[0]?.available;
      return { kind: 'rejected', code, ...(available === undefined ? {} : { available }) };
    }
    switch (request.kind) {
      case 'receive':
      case 'adjust':
        return { kind: 'stockEntered', ...MovementBody.parse(body) };
      case 'read stock': {
        const { holds, ...stock } = StockBody.parse(body);
        const byEnd = new Map(holds.map(({ expiresAt, quantity }) => [expiresAt, quantity]));
        return { kind: 'stock', stock: { ...stock, holds: byEnd } };
      }
      default: {
        const { status: seen, expiresAt, lines } = ReservationBody.parse(body);
        const quantity = lines.reduce((units, line) => units + line.quantity, 0);
        return {
          kind: 'reservation',
          reservation: { status: seen, until: expiresAt ?? undefined, quantity },
        };
      }
    }
  }

  #fetch(request: Exclude<Request, { kind: 'commit' }>, signal: AbortSignal) {
    const { method, path, body, key } = toHttpRequest(request, this.#sku);
    const isSigned = path.startsWith('/reservations/');
    const init = {
      method,
      signal,
      headers: {
        ...(isSigned ? {} : { authorization: `Bearer ${this.#target.staffToken}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const url = this.#target.api + path;
    return isSigned ? this.#signer.fetch(url, init) : fetch(url, init);
  }

  #count(reason: string): void {
    this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
  }
}

type HttpRequest = {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly key?: string;
};

function toHttpRequest(request: Exclude<Request, { kind: 'commit' }>, sku: string): HttpRequest {
  switch (request.kind) {
    case 'receive':
      return {
        method: 'POST',
        path: `/stock/${sku}/receipts`,
        key: request.key,
        body: { quantity: request.quantity },
      };
    case 'adjust':
      return {
        method: 'POST',
        path: `/stock/${sku}/adjustments`,
        key: request.key,
        body: { delta: request.delta, reason: 'other' },
      };
    case 'read stock':
      return { method: 'GET', path: `/stock/${sku}` };
    case 'reserve':
      return {
        method: 'PUT',
        path: `/reservations/${request.id}`,
        body: { lines: [{ sku, quantity: request.quantity }], holdSeconds: request.holdSeconds },
      };
    case 'extend':
      return {
        method: 'POST',
        path: `/reservations/${request.id}/extension`,
        key: request.key,
        body: { holdSeconds: request.holdSeconds },
      };
    case 'release':
      return { method: 'DELETE', path: `/reservations/${request.id}` };
    case 'read reservation':
      return { method: 'GET', path: `/reservations/${request.id}` };
  }
}

type Reserve = Request & { readonly kind: 'reserve' };

/** State that the clients of one SKU share: their reservations and a source of unused names. */
export class SharedState {
  readonly sku: string;
  readonly reserves: Reserve[] = [];
  #names = 0;

  constructor(sku: string) {
    this.sku = sku;
  }

  newName(kind: string): string {
    this.#names += 1;
    return `${this.sku}-${kind}${this.#names}`;
  }
}

/** Number of last reservations that clients use, so that their requests conflict. */
const RECENT_RESERVATIONS = 6;
const UNITS_MAX = 3;
const HOLD_SECONDS_MAX = 4;

/** Returns the next request of a client. */
export function nextRequest(shared: SharedState, random: SeededRandom): Request {
  const recent = shared.reserves.slice(-RECENT_RESERVATIONS);
  const quantity = random.nextInteger(1, UNITS_MAX);
  const holdSeconds = random.nextInteger(1, HOLD_SECONDS_MAX);
  const stockEntry: Request = random.nextBoolean(0.5)
    ? { kind: 'receive', key: shared.newName('in'), quantity }
    : {
        kind: 'adjust',
        key: shared.newName('fix'),
        delta: random.nextBoolean(0.7) ? -quantity : quantity,
      };
  if (recent.length === 0 || random.nextBoolean(0.25)) {
    // Reservations of orders, so that OrderConfirmed commits them.
    const id = `ord_${shared.newName('r')}`;
    const reserve: Reserve = { kind: 'reserve', id, quantity, holdSeconds };
    shared.reserves.push(reserve);
    return reserve;
  }
  const reserved = random.pick(recent);
  const { id } = reserved;
  return random.pickWeighted<Request>([
    [4, { kind: 'read stock' }],
    [4, stockEntry],
    [3, { kind: 'extend', id, key: shared.newName('e'), holdSeconds }],
    [3, { kind: 'release', id }],
    [2, { kind: 'commit', id }],
    [2, { kind: 'read reservation', id }],
    [1, reserved],
  ]);
}
