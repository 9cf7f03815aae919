import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ReadRecords, ReadRecordsPage } from '../../shared/core/unreadable-record.ts';
import { readKind, separateUnreadable, unreadableOf } from '../../shared/dynamodb/read-record.ts';
import { Table } from '../../shared/dynamodb/table.ts';
import type { Payment } from '../domain/payment.ts';
import type { PaymentReader, PaymentStore, ScanSegment } from '../use-cases/ports.ts';
import { paymentItem, paymentKey, paymentKeyOfAttempt } from './payment-items.ts';
import { PAYMENT, PAYMENT_RECORDS, toPayment } from './payment-records.ts';
import { PROVIDER_RECORDS } from './provider-records.ts';

/** Prefix of cursors into the provider's table, whose pages follow those of the payments. */
const PROVIDER_CURSOR = 'provider.';

export class DynamoPaymentStore implements PaymentStore {
  readonly #table: Table;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#table = new Table(client, tableName);
  }

  async get(key: Pick<Payment, 'orderId' | 'attempt'>): Promise<Payment | undefined> {
    const item = await this.#table.get(paymentKey(key));
    return item && toPayment(item);
  }

  save(payment: Payment): Promise<boolean> {
    return this.#table.putVersion(paymentItem(payment), payment.version);
  }
}

/** Reads the payments, and the records of the provider's adapter, for audits. */
export class DynamoPaymentReader implements PaymentReader {
  readonly #table: Table;
  readonly #providerTable: Table;

  constructor(client: DynamoDBDocumentClient, tableName: string, providerTableName: string) {
    this.#table = new Table(client, tableName);
    this.#providerTable = new Table(client, providerTableName);
  }

  async getAll(keys: readonly string[]): Promise<ReadRecords<Payment>> {
    return separateUnreadable(await this.#table.getAll(keys.map(paymentKeyOfAttempt)), toPayment);
  }

  async scanSegment({ cursor, ...part }: ScanSegment): Promise<ReadRecordsPage<Payment>> {
    if (cursor?.startsWith(PROVIDER_CURSOR)) {
      return this.#scanProvider({
        ...part,
        cursor: cursor.slice(PROVIDER_CURSOR.length) || undefined,
      });
    }
    const { items, ...page } = await this.#table.scanSegment({ ...part, cursor });
    return {
      cursor: PROVIDER_CURSOR,
      ...page,
      ...readKind(items, PAYMENT, PAYMENT_RECORDS),
    };
  }

  /** Reads a page of the provider's records to report unreadable ones. No other check uses them. */
  async #scanProvider(part: ScanSegment): Promise<ReadRecordsPage<Payment>> {
    const { items, cursor } = await this.#providerTable.scanSegment(part);
    return {
      items: [],
      unreadable: unreadableOf(items, PROVIDER_RECORDS),
      ...(cursor === undefined ? {} : { cursor: PROVIDER_CURSOR + cursor }),
    };
  }
}
