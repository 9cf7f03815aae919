import * as z from 'zod/mini';
import {
  type CellAuditPage,
  CellAuditPage as CellAuditPageSchema,
  CellDisagreement,
  CellName,
  OrderAudit,
  PaymentAudit,
  ReservationAudit,
} from '../../contracts/audit-api.ts';
import { CountBasis } from '../../contracts/repair-api.ts';
import { Unreadable } from '../../contracts/unreadable.ts';
import type { Found, FoundPage } from '../../shared/core/unreadable.ts';
import { problemIn, type SignedClient } from '../../shared/http/signed-client.ts';
import { nameOfCell } from '../domain/repair.ts';
import type { Audits, PagePart } from '../use-cases/ports.ts';

type Query = Readonly<Record<string, string | number | undefined>>;

/** The audits of the other contexts. What asks is in their logs by this id. */
const CORRELATION_ID = 'reconciliation';

export class HttpAudits implements Audits {
  readonly #client: SignedClient;

  constructor(client: SignedClient) {
    this.#client = client;
  }

  cells({ full, ...part }: PagePart & { full: boolean }): Promise<CellAuditPage> {
    return this.#cells({ ...part, full: full ? 'true' : undefined });
  }

  cell(
    { sku, locationId, shard }: CellName,
    reservationIds: readonly string[],
    full: boolean,
  ): Promise<CellAuditPage> {
    const ids = reservationIds.length === 0 ? undefined : reservationIds.join(',');
    const query = { sku, locationId, shard, reservationIds: ids, full: full ? 'true' : undefined };
    return this.#cells(query);
  }

  /** Reads each disagreement on its own, as the items of the other pages. */
  async #cells(query: Query): Promise<CellAuditPage> {
    const { disagreements: answered, ...page } = await this.#get(AnyCellPage, CELLS, query);
    const disagreements: CellDisagreement[] = [];
    const unreadable: Unreadable[] = [...page.unreadable];
    for (const one of answered) {
      const disagreement = CellDisagreement.safeParse(one);
      if (disagreement.success) disagreements.push(disagreement.data);
      else unreadable.push(unreadableIn(CELLS, nameOfCell(one.cell), disagreement.error));
    }
    return { ...page, disagreements, unreadable };
  }

  reservations(ids: readonly string[]) {
    return this.#byId(RESERVATIONS, ids);
  }

  orders(part: PagePart) {
    return this.#page(ORDERS, part);
  }

  ordersById(ids: readonly string[]) {
    return this.#byId(ORDERS, ids);
  }

  payments(part: PagePart) {
    return this.#page(PAYMENTS, part);
  }

  paymentsById(ids: readonly string[]) {
    return this.#byId(PAYMENTS, ids);
  }

  async countBasis({
    sku,
    locationId,
    at,
    counted,
    deadline,
  }: Parameters<Audits['countBasis']>[0]) {
    const path = `/audit/counts?${queryOf({ sku, locationId, at, counted })}`;
    const answer = await this.#client.send('GET', path, {
      correlationId: CORRELATION_ID,
      deadline,
    });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw unexpected('/audit/counts', answer);
    return CountBasis.parse(answer.body);
  }

  async #get<Schema extends z.ZodMiniType>(
    schema: Schema,
    path: string,
    query: Query,
  ): Promise<z.infer<Schema>> {
    const answer = await this.#client.send('GET', `${path}?${queryOf(query)}`, {
      correlationId: CORRELATION_ID,
    });
    if (answer.status !== 200) throw unexpected(path, answer);
    return schema.parse(answer.body);
  }

  async #byId<Item>(audit: Audit<Item>, ids: readonly string[]): Promise<Found<Item>> {
    if (ids.length === 0) return { items: [], unreadable: [] };
    return this.#page(audit, { ids: ids.join(',') });
  }

  /** Reads each item on its own: what is wrong with one says nothing of the others. */
  async #page<Item>({ path, schema, idOf }: Audit<Item>, query: Query): Promise<FoundPage<Item>> {
    const { items: answered, cursor, unreadable: stored } = await this.#get(AnyPage, path, query);
    const items: Item[] = [];
    const unreadable: Unreadable[] = [...stored];
    for (const one of answered) {
      const item = schema.safeParse(one);
      if (item.success) items.push(item.data);
      else unreadable.push(unreadableIn(path, idOf(one), item.error));
    }
    return { items, unreadable, ...(cursor === undefined ? {} : { cursor }) };
  }
}

const CELLS = '/audit/cells';
const AnyCellPage = z.extend(CellAuditPageSchema, {
  disagreements: z.array(z.looseObject({ cell: CellName })),
});
const AnyPage = z.object({
  items: z.array(z.record(z.string(), z.unknown())),
  unreadable: z.array(Unreadable),
  cursor: z.optional(z.string()),
});

type Audit<Item> = {
  readonly path: string;
  readonly schema: z.ZodMiniType<Item>;
  /** Id under which the record is asked for. */
  readonly idOf: (item: Readonly<Record<string, unknown>>) => string;
};

const ORDERS: Audit<OrderAudit> = {
  path: '/audit/orders',
  schema: OrderAudit,
  idOf: ({ orderId }) => String(orderId),
};
const PAYMENTS: Audit<PaymentAudit> = {
  path: '/audit/payments',
  schema: PaymentAudit,
  idOf: ({ orderId, attempt }) => `${orderId}-${attempt}`,
};
const RESERVATIONS: Audit<ReservationAudit> = {
  path: '/audit/reservations',
  schema: ReservationAudit,
  idOf: ({ reservationId }) => String(reservationId),
};

const unreadableIn = (path: string, id: string, error: z.core.$ZodError): Unreadable => ({
  table: path,
  key: id,
  id,
  problem: error.issues.map(({ path: where, code }) => `${where.join('.')}: ${code}`).join('; '),
});

const queryOf = (query: Query): URLSearchParams =>
  new URLSearchParams(
    Object.entries(query).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  );

const unexpected = (
  path: string,
  answer: { readonly status: number; readonly body: unknown },
): Error => new Error(`${path} was answered ${answer.status} ${problemIn(answer).code}`);
