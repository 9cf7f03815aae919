import * as z from 'zod/mini';
import { ReservationView, Shortage } from '../../contracts/inventory-api.ts';
import { accepted, type Result, refused } from '../../shared/core/result.ts';
import type { Answer, SignedClient } from '../../shared/http/signed-client.ts';
import type {
  HeldReservation,
  Hold,
  HoldRefusal,
  Inventory,
  Reservations,
} from '../use-cases/ports.ts';

const ProblemBody = z.object({
  code: z.string(),
  shortages: z.optional(z.array(Shortage)),
  skus: z.optional(z.array(z.string())),
  cells: z.optional(z.int()),
  max: z.optional(z.int()),
});
type ProblemBody = z.infer<typeof ProblemBody>;

/** Inventory's HTTP API, signed with this function's own credentials (IAM, SigV4). */
export class HttpInventory implements Inventory, Reservations {
  readonly #client: SignedClient;

  constructor(client: SignedClient) {
    this.#client = client;
  }

  async reserve({
    orderId,
    correlationId,
    lines,
    holdSeconds,
  }: Parameters<Inventory['reserve']>[0]) {
    const body = { lines, holdSeconds, orderId };
    const answer = await this.#client.send('PUT', `/reservations/${orderId}`, {
      correlationId,
      body,
    });
    return holdOf(answer) ?? refused(holdRefusalOf(answer));
  }

  async extend({ orderId, correlationId, holdSeconds, key }: Parameters<Inventory['extend']>[0]) {
    const path = `/reservations/${orderId}/extension`;
    const answer = await this.#client.send('POST', path, {
      correlationId,
      body: { holdSeconds },
      key,
    });
    const hold = holdOf(answer);
    if (hold !== undefined) return hold;
    const { code } = problemOf(answer);
    // Whatever keeps a hold from lasting, this order cannot be asked to pay.
    if (answer.status === 409 || code === 'NOT_FOUND')
      return refused({ kind: 'reservationExpired' } as const);
    throw unexpected(answer);
  }

  async release({ orderId, correlationId }: Parameters<Inventory['release']>[0]) {
    const answer = await this.#client.send('DELETE', `/reservations/${orderId}`, { correlationId });
    if (answer.status === 200) return accepted(undefined);
    if (problemOf(answer).code === 'ALREADY_FULFILLED')
      return refused({ kind: 'fulfilled' } as const);
    throw unexpected(answer);
  }

  async find({
    orderId,
    correlationId,
  }: Parameters<Reservations['find']>[0]): Promise<HeldReservation | undefined> {
    const answer = await this.#client.send('GET', `/reservations/${orderId}`, { correlationId });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw unexpected(answer);
    const { status, expiresAt, lines } = ReservationView.parse(answer.body);
    return { status, expiresAt, lines };
  }
}

function holdOf({ status, body }: Answer): Result<Hold, never> | undefined {
  if (status !== 200 && status !== 201) return undefined;
  const reservation = ReservationView.parse(body);
  return accepted({ status: reservation.status, expiresAt: reservation.expiresAt ?? '' });
}

function holdRefusalOf(answer: Answer): HoldRefusal {
  const { code, shortages = [], skus = [], cells = 0, max = 0 } = problemOf(answer);
  switch (code) {
    case 'INSUFFICIENT_STOCK':
      return { kind: 'insufficientStock', shortages };
    case 'TOO_MANY_PARTS':
      return { kind: 'tooManyParts', cells, max };
    case 'UNKNOWN_SKU':
      return { kind: 'unknownSku', skus };
    case 'IDEMPOTENCY_KEY_REUSED':
      return { kind: 'keyReused' };
    case 'RESERVATION_RELEASED':
      return { kind: 'reservationExpired' };
    default:
      throw unexpected(answer);
  }
}

const problemOf = ({ body }: Answer): ProblemBody => {
  const problem = ProblemBody.safeParse(body);
  return problem.success ? problem.data : { code: '' };
};

const unexpected = ({ status, body }: Answer): Error =>
  new Error(`inventory answered ${status} ${problemOf({ status, body }).code}`);
