import type * as z from 'zod/mini';
import { OrderAuditPage, ReservationAuditPage } from '../../contracts/api/audit.ts';
import { AUDIT_ITEMS_MAX } from '../../contracts/api/audit-queries.ts';
import type { UnreadableRecord } from '../../contracts/api/unreadable-record.ts';
import { Id } from '../../contracts/primitives.ts';
import { parseProblem, type SignedClient } from '../../shared/http/signed-client.ts';
import { type OrderState, UNREADABLE } from '../domain/assessment.ts';
import type { OrderStates } from '../use-cases/ports.ts';

/** Correlation id of the requests in the logs of orders and inventory. */
const CORRELATION_ID = 'dead-letters';

/**
 * Reads the states of orders from the audits of orders and inventory. A reservation has its order's
 * id.
 */
export class HttpOrderStates implements OrderStates {
  readonly #client: Pick<SignedClient, 'send'>;
  readonly #hasOrders: boolean;

  /** @param hasOrders whether the stage has orders, or only reservations */
  constructor(client: Pick<SignedClient, 'send'>, { hasOrders }: { readonly hasOrders: boolean }) {
    this.#client = client;
    this.#hasOrders = hasOrders;
  }

  async getStates(orderIds: readonly string[]): Promise<ReadonlyMap<string, OrderState>> {
    const ids = orderIds.filter((id) => Id.safeParse(id).success).slice(0, AUDIT_ITEMS_MAX);
    if (ids.length === 0) return new Map();
    const [orders, reservations] = await Promise.all([
      this.#hasOrders ? this.#get(OrderAuditPage, '/audit/orders', ids) : NO_ORDERS,
      this.#get(ReservationAuditPage, '/audit/reservations', ids),
    ]);
    const statuses = new Map<string, string>(
      orders.items.map(({ orderId, status }) => [orderId, status]),
    );
    const held = new Map<string, string>(
      reservations.items.map(({ reservationId, status }) => [reservationId, status]),
    );
    for (const id of unreadableIdsOf(orders)) statuses.set(id, UNREADABLE);
    for (const id of unreadableIdsOf(reservations)) held.set(id, UNREADABLE);
    return new Map(ids.map((id) => [id, { order: statuses.get(id), reservation: held.get(id) }]));
  }

  async #get<Schema extends z.ZodMiniType>(
    schema: Schema,
    path: string,
    ids: readonly string[],
  ): Promise<z.infer<Schema>> {
    const response = await this.#client.send(
      'GET',
      `${path}?${new URLSearchParams({ ids: ids.join(',') })}`,
      {
        correlationId: CORRELATION_ID,
      },
    );
    if (response.status !== 200)
      throw new Error(`${path} returned ${response.status} ${parseProblem(response).code}`);
    return schema.parse(response.body);
  }
}

const NO_ORDERS: z.infer<typeof OrderAuditPage> = { items: [], unreadable: [] };

const unreadableIdsOf = ({
  unreadable,
}: {
  readonly unreadable: readonly UnreadableRecord[];
}): readonly string[] => unreadable.flatMap(({ id }) => (id === undefined ? [] : [id]));
