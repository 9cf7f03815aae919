import * as z from 'zod/mini';
import {
  type CellAuditPage,
  CellAuditPage as CellAuditPageSchema,
  CellDisagreement,
  CellName,
  OrderAudit,
  PaymentAudit,
  ReservationAudit,
} from '../../contracts/api/audit.ts';
import { CountBasis } from '../../contracts/api/repair.ts';
import { UnreadableRecord } from '../../contracts/api/unreadable-record.ts';
import type { ReadRecords, ReadRecordsPage } from '../../shared/core/unreadable-record.ts';
import { parseProblem, type SignedClient } from '../../shared/http/signed-client.ts';
import { nameOfCell } from '../domain/repair.ts';
import type { AuditClient, ScanPosition } from '../use-cases/ports.ts';

type Query = Readonly<Record<string, string | number | undefined>>;

/** Correlation id of audit requests in the logs of the other contexts. */
const CORRELATION_ID = 'reconciliation';

export class HttpAuditClient implements AuditClient {
  readonly #client: SignedClient;

  constructor(client: SignedClient) {
    this.#client = client;
  }

  cells({ full, ...position }: ScanPosition & { full: boolean }): Promise<CellAuditPage> {
    return this.#cells({ ...position, full: full ? 'true' : undefined });
  }

  cell(
    { sku, locationId, shard }: CellName,
    reservationIds: readonly string[],
    full: boolean,
  ): Promise<CellAuditPage> {
    const ids = reservationIds.length === 0 ? undefined : reservationIds.join(',');
    const query = {
      sku,
      locationId,
      shard,
      suspectReservationIds: ids,
      full: full ? 'true' : undefined,
    };
    return this.#cells(query);
  }

  /** Parses each disagreement separately, so that an invalid one does not hide the others. */
  async #cells(query: Query): Promise<CellAuditPage> {
    const { disagreements: received, ...page } = await this.#get(
      UnparsedCellPage,
      CELLS_PATH,
      query,
    );
    const disagreements: CellDisagreement[] = [];
    const unreadable: UnreadableRecord[] = [...page.unreadable];
    for (const one of received) {
      const disagreement = CellDisagreement.safeParse(one);
      if (disagreement.success) disagreements.push(disagreement.data);
      else
        unreadable.push(toUnreadableRecord(CELLS_PATH, nameOfCell(one.cell), disagreement.error));
    }
    return { ...page, disagreements, unreadable };
  }

  reservations(ids: readonly string[]) {
    return this.#byId(RESERVATIONS, ids);
  }

  orders(position: ScanPosition) {
    return this.#page(ORDERS, position);
  }

  ordersById(ids: readonly string[]) {
    return this.#byId(ORDERS, ids);
  }

  payments(position: ScanPosition) {
    return this.#page(PAYMENTS, position);
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
  }: Parameters<AuditClient['countBasis']>[0]) {
    const path = `/audit/counts?${toSearchParams({ sku, locationId, at, counted })}`;
    const response = await this.#client.send('GET', path, {
      correlationId: CORRELATION_ID,
      deadline,
    });
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw unexpectedResponseError('/audit/counts', response);
    return CountBasis.parse(response.body);
  }

  async #get<Schema extends z.ZodMiniType>(
    schema: Schema,
    path: string,
    query: Query,
  ): Promise<z.infer<Schema>> {
    const response = await this.#client.send('GET', `${path}?${toSearchParams(query)}`, {
      correlationId: CORRELATION_ID,
    });
    if (response.status !== 200) throw unexpectedResponseError(path, response);
    return schema.parse(response.body);
  }

  async #byId<Item>(audit: AuditRoute<Item>, ids: readonly string[]): Promise<ReadRecords<Item>> {
    if (ids.length === 0) return { items: [], unreadable: [] };
    return this.#page(audit, { ids: ids.join(',') });
  }

  /** Parses each item separately, so that an invalid one does not hide the others. */
  async #page<Item>(
    { path, schema, idOf }: AuditRoute<Item>,
    query: Query,
  ): Promise<ReadRecordsPage<Item>> {
    const {
      items: received,
      cursor,
      unreadable: stored,
    } = await this.#get(UnparsedPage, path, query);
    const items: Item[] = [];
    const unreadable: UnreadableRecord[] = [...stored];
    for (const one of received) {
      const item = schema.safeParse(one);
      if (item.success) items.push(item.data);
      else unreadable.push(toUnreadableRecord(path, idOf(one), item.error));
    }
    return { items, unreadable, ...(cursor === undefined ? {} : { cursor }) };
  }
}

const CELLS_PATH = '/audit/cells';
const UnparsedCellPage = z.extend(CellAuditPageSchema, {
  disagreements: z.array(z.looseObject({ cell: CellName })),
});
const UnparsedPage = z.object({
  items: z.array(z.record(z.string(), z.unknown())),
  unreadable: z.array(UnreadableRecord),
  cursor: z.optional(z.string()),
});

type AuditRoute<Item> = {
  readonly path: string;
  readonly schema: z.ZodMiniType<Item>;
  /** Returns the id by which the record is requested. */
  readonly idOf: (item: Readonly<Record<string, unknown>>) => string;
};

const ORDERS: AuditRoute<OrderAudit> = {
  path: '/audit/orders',
  schema: OrderAudit,
  idOf: ({ orderId }) => String(orderId),
};
const PAYMENTS: AuditRoute<PaymentAudit> = {
  path: '/audit/payments',
  schema: PaymentAudit,
  idOf: ({ orderId, attempt }) => `${orderId}-${attempt}`,
};
const RESERVATIONS: AuditRoute<ReservationAudit> = {
  path: '/audit/reservations',
  schema: ReservationAudit,
  idOf: ({ reservationId }) => String(reservationId),
};

const toUnreadableRecord = (
  path: string,
  id: string,
  error: z.core.$ZodError,
): UnreadableRecord => ({
  table: path,
  key: id,
  id,
  problem: error.issues
    .map(({ path: location, code }) => `${location.join('.')}: ${code}`)
    .join('; '),
});

const toSearchParams = (query: Query): URLSearchParams =>
  new URLSearchParams(
    Object.entries(query).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  );

const unexpectedResponseError = (
  path: string,
  response: { readonly status: number; readonly body: unknown },
): Error => new Error(`${path} returned ${response.status} ${parseProblem(response).code}`);
