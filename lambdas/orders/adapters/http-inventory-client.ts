import * as z from 'zod/mini';
import { ReservationView, Shortage } from '../../contracts/api/reservations.ts';
import { err, ok, type Result } from '../../shared/core/result.ts';
import type { ServiceResponse, SignedClient } from '../../shared/http/signed-client.ts';
import type {
  Hold,
  HoldError,
  InventoryClient,
  OrderReservation,
  ReservationReader,
} from '../use-cases/ports.ts';

const ProblemBody = z.object({
  code: z.string(),
  shortages: z.optional(z.array(Shortage)),
  skus: z.optional(z.array(z.string())),
  cellsNeeded: z.optional(z.int()),
  cellsMax: z.optional(z.int()),
  locationIds: z.optional(z.array(z.string())),
});
type ProblemBody = z.infer<typeof ProblemBody>;

/**
 * Client of inventory's HTTP API. Requests are signed with the function's credentials (IAM, SigV4).
 */
export class HttpInventoryClient implements InventoryClient, ReservationReader {
  readonly #client: SignedClient;

  constructor(client: SignedClient) {
    this.#client = client;
  }

  async reserve({
    orderId,
    correlationId,
    lines,
    holdSeconds,
    pickupAt,
  }: Parameters<InventoryClient['reserve']>[0]) {
    const body = { ...sourcesOf(lines, pickupAt), holdSeconds, orderId };
    const response = await this.#client.send('PUT', `/reservations/${orderId}`, {
      correlationId,
      body,
    });
    return toHold(response) ?? err(toHoldError(response));
  }

  async extend({
    orderId,
    correlationId,
    holdSeconds,
    key: idempotencyKey,
  }: Parameters<InventoryClient['extend']>[0]) {
    const path = `/reservations/${orderId}/extension`;
    const response = await this.#client.send('POST', path, {
      correlationId,
      body: { holdSeconds },
      idempotencyKey,
    });
    const hold = toHold(response);
    if (hold !== undefined) return hold;
    const { code } = problemBodyOf(response);
    // Any rejection means that the hold cannot be extended.
    if (response.status === 409 || code === 'NOT_FOUND')
      return err({ kind: 'reservationExpired' } as const);
    throw unexpectedResponse(response);
  }

  async release({ orderId, correlationId }: Parameters<InventoryClient['release']>[0]) {
    const response = await this.#client.send('DELETE', `/reservations/${orderId}`, {
      correlationId,
    });
    if (response.status === 200) return ok(undefined);
    if (problemBodyOf(response).code === 'ALREADY_FULFILLED')
      return err({ kind: 'alreadyFulfilled' } as const);
    throw unexpectedResponse(response);
  }

  async find({
    orderId,
    correlationId,
  }: Parameters<ReservationReader['find']>[0]): Promise<OrderReservation | undefined> {
    const response = await this.#client.send('GET', `/reservations/${orderId}`, { correlationId });
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw unexpectedResponse(response);
    const { status, expiresAt, lines } = ReservationView.parse(response.body);
    return { status, expiresAt, lines };
  }
}

function toHold({ status, body }: ServiceResponse): Result<Hold, never> | undefined {
  if (status !== 200 && status !== 201) return undefined;
  const reservation = ReservationView.parse(body);
  const { status: reservationStatus, expiresAt, lines } = reservation;
  return ok({ status: reservationStatus, expiresAt: expiresAt ?? '', lines });
}

const sourcesOf = (
  lines: Parameters<InventoryClient['reserve']>[0]['lines'],
  pickupAt: string | undefined,
) =>
  pickupAt === undefined
    ? { lines }
    : { lines: lines.map((line) => ({ ...line, from: pickupAt })), pickup: true };

function toHoldError(response: ServiceResponse): HoldError {
  const {
    code,
    shortages = [],
    skus = [],
    cellsNeeded = 0,
    cellsMax = 0,
    locationIds = [],
  } = problemBodyOf(response);
  switch (code) {
    case 'INSUFFICIENT_STOCK':
      return { kind: 'insufficientStock', shortages };
    case 'STOCK_TOO_FRAGMENTED':
      return { kind: 'stockTooFragmented', cellsNeeded, cellsMax };
    case 'UNKNOWN_SKU':
      return { kind: 'unknownSku', skus };
    // A customer cannot collect units at a location that does not exist.
    case 'UNKNOWN_LOCATION':
    case 'NOT_A_PICKUP_LOCATION':
      return { kind: 'notAPickupLocation', locationIds };
    case 'IDEMPOTENCY_KEY_REUSED':
      return { kind: 'keyReused' };
    case 'RESERVATION_RELEASED':
      return { kind: 'reservationExpired' };
    default:
      throw unexpectedResponse(response);
  }
}

const problemBodyOf = ({ body }: ServiceResponse): ProblemBody => {
  const problem = ProblemBody.safeParse(body);
  return problem.success ? problem.data : { code: '' };
};

const unexpectedResponse = ({ status, body }: ServiceResponse): Error =>
  new Error(`inventory responded with ${status} ${problemBodyOf({ status, body }).code}`);
