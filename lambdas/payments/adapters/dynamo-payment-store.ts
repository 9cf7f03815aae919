import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { ReadRecords, ReadRecordsPage } from '../../shared/core/unreadable-record.ts';
import { batchGetItems } from '../../shared/dynamodb/batch-get.ts';
import { putVersion } from '../../shared/dynamodb/put-version.ts';
import { readKind, separateUnreadable, unreadableOf } from '../../shared/dynamodb/read-record.ts';
import { scanSegment } from '../../shared/dynamodb/scan-segment.ts';
import type { Payment } from '../domain/payment.ts';
import type { PaymentReader, PaymentStore, ScanSegment } from '../use-cases/ports.ts';
import { paymentItem, paymentKey, paymentKeyOfAttempt } from './payment-items.ts';
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
export class DynamoPaymentReader implements PaymentReader {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;
  readonly #providerTableName: string;

  constructor(client: DynamoDBDocumentClient, tableName: string, providerTableName: string) {
    this.#client = client;
    this.#tableName = tableName;
    this.#providerTableName = providerTableName;
  }

  async getAll(keys: readonly string[]): Promise<ReadRecords<Payment>> {
    return separateUnreadable(
      await batchGetItems(this.#client, this.#tableName, keys.map(paymentKeyOfAttempt)),
      toPayment,
    );
  }

  async scanSegment({ cursor, ...part }: ScanSegment): Promise<ReadRecordsPage<Payment>> {
    if (cursor?.startsWith(PROVIDER_CURSOR)) {
      return this.#scanProvider({
        ...part,
        cursor: cursor.slice(PROVIDER_CURSOR.length) || undefined,
      });
    }
    const { items, ...page } = await scanSegment(this.#client, this.#tableName, {
      ...part,
      cursor,
    });
    return {
      cursor: PROVIDER_CURSOR,
      ...page,
      ...readKind(items, PAYMENT, PAYMENT_RECORDS),
    };
  }

  /** Nothing is compared with these records: they are only read. */
  async #scanProvider(part: ScanSegment): Promise<ReadRecordsPage<Payment>> {
    const { items, cursor } = await scanSegment(this.#client, this.#providerTableName, part);
    return {
      items: [],
      unreadable: unreadableOf(items, PROVIDER_RECORDS),
      ...(cursor === undefined ? {} : { cursor: PROVIDER_CURSOR + cursor }),
    };
  }
}
