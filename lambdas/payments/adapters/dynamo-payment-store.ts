import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Found, FoundPage } from '../../shared/core/unreadable.ts';
import { getItems } from '../../shared/dynamodb/batch-get.ts';
import { putVersion } from '../../shared/dynamodb/put-version.ts';
import { found, readEach, readOfKind, unreadableOf } from '../../shared/dynamodb/read-record.ts';
import { walkTable } from '../../shared/dynamodb/walk-table.ts';
import type { Payment } from '../domain/payment.ts';
import type { Part, PaymentStore, PaymentWalk } from '../use-cases/ports.ts';
import { paymentItem, paymentKey, paymentKeyOf } from './payment-items.ts';
import { PAYMENT, PAYMENT_RECORDS, toPayment } from './payment-records.ts';
import { PROVIDER_RECORDS } from './provider-records.ts';

/** Begins the cursors of pages of the provider's table, which come after those of the payments. */
const PROVIDER_CURSOR = 'provider.';

export class DynamoPaymentStore implements PaymentStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#client = client;
    this.#tableName = tableName;
  }

  async get(key: Pick<Payment, 'orderId' | 'attempt'>): Promise<Payment | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#tableName, Key: paymentKey(key), ConsistentRead: true }),
    );
    return Item && toPayment(Item);
  }

  save(payment: Payment): Promise<boolean> {
    return putVersion(this.#client, this.#tableName, paymentItem(payment), payment.version);
  }
}

/** The payments, and the records of the provider's adapter beside them, as an auditor reads them. */
export class DynamoPaymentWalk implements PaymentWalk {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;
  readonly #providerTableName: string;

  constructor(client: DynamoDBDocumentClient, tableName: string, providerTableName: string) {
    this.#client = client;
    this.#tableName = tableName;
    this.#providerTableName = providerTableName;
  }

  async getAll(keys: readonly string[]): Promise<Found<Payment>> {
    return found(
      readEach(await getItems(this.#client, this.#tableName, keys.map(paymentKeyOf)), toPayment),
    );
  }

  async walk({ cursor, ...part }: Part): Promise<FoundPage<Payment>> {
    if (cursor?.startsWith(PROVIDER_CURSOR)) {
      return this.#walkProvider({
        ...part,
        cursor: cursor.slice(PROVIDER_CURSOR.length) || undefined,
      });
    }
    const { items, ...page } = await walkTable(this.#client, this.#tableName, { ...part, cursor });
    return {
      cursor: PROVIDER_CURSOR,
      ...page,
      ...found(readOfKind(items, PAYMENT, PAYMENT_RECORDS)),
    };
  }

  /** Nothing is compared with these records: they are only read. */
  async #walkProvider(part: Part): Promise<FoundPage<Payment>> {
    const { items, cursor } = await walkTable(this.#client, this.#providerTableName, part);
    return {
      items: [],
      unreadable: unreadableOf(items, PROVIDER_RECORDS),
      ...(cursor === undefined ? {} : { cursor: PROVIDER_CURSOR + cursor }),
    };
  }
}
