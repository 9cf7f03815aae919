import type * as z from 'zod/mini';
import {
  type CellAuditPage,
  CellAuditPage as CellAuditPageSchema,
  type CellName,
  OrderAuditPage,
  PaymentAuditPage,
  ReservationAuditPage,
} from '../../contracts/audit-api.ts';
import { CountBasis } from '../../contracts/repair-api.ts';
import { problemIn, type SignedClient } from '../../shared/signed-client.ts';
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
    return this.#get(CellAuditPageSchema, '/audit/cells', { ...part, full: full ? 'true' : undefined });
  }

  cell(
    { sku, locationId, shard }: CellName,
    reservationIds: readonly string[],
    full: boolean,
  ): Promise<CellAuditPage> {
    const ids = reservationIds.length === 0 ? undefined : reservationIds.join(',');
    const query = { sku, locationId, shard, reservationIds: ids, full: full ? 'true' : undefined };
    return this.#get(CellAuditPageSchema, '/audit/cells', query);
  }

  async reservations(ids: readonly string[]) {
    return (await this.#get(ReservationAuditPage, '/audit/reservations', { ids: ids.join(',') })).items;
  }

  orders(part: PagePart) {
    return this.#page(OrderAuditPage, '/audit/orders', part);
  }

  async ordersById(ids: readonly string[]) {
    if (ids.length === 0) return [];
    return (await this.#get(OrderAuditPage, '/audit/orders', { ids: ids.join(',') })).items;
  }

  payments(part: PagePart) {
    return this.#page(PaymentAuditPage, '/audit/payments', part);
  }

  async paymentsById(ids: readonly string[]) {
    if (ids.length === 0) return [];
    return (await this.#get(PaymentAuditPage, '/audit/payments', { ids: ids.join(',') })).items;
  }

  async countBasis({ sku, locationId, at, counted }: Parameters<Audits['countBasis']>[0]) {
    const path = `/audit/counts?${queryOf({ sku, locationId, at, counted })}`;
    const answer = await this.#client.send('GET', path, { correlationId: CORRELATION_ID });
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

  async #page<Item>(
    schema: z.ZodMiniType<{ items: Item[]; cursor?: string | undefined }>,
    path: string,
    part: PagePart,
  ): Promise<{ readonly items: readonly Item[]; readonly cursor?: string }> {
    const { items, cursor } = await this.#get(schema, path, part);
    return { items, ...(cursor === undefined ? {} : { cursor }) };
  }
}

const queryOf = (query: Query): URLSearchParams =>
  new URLSearchParams(
    Object.entries(query).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  );

const unexpected = (path: string, answer: { readonly status: number; readonly body: unknown }): Error =>
  new Error(`${path} was answered ${answer.status} ${problemIn(answer).code}`);
