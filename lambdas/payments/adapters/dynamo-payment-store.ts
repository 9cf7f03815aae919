import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { getItems } from '../../shared/batch-get.ts';
import type { Page } from '../../shared/page.ts';
import { putVersion } from '../../shared/put-version.ts';
import { walkTable } from '../../shared/walk-table.ts';
import type { Payment } from '../domain/payment.ts';
import type { Part, PaymentStore, PaymentWalk } from '../use-cases/ports.ts';
import { paymentItem, paymentKey, paymentKeyOf, toPayment } from './payment-items.ts';

export class DynamoPaymentStore implements PaymentStore, PaymentWalk {
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

  async getAll(keys: readonly string[]): Promise<readonly Payment[]> {
    return (await getItems(this.#client, this.#tableName, keys.map(paymentKeyOf))).map(toPayment);
  }

  async walk(part: Part): Promise<Page<Payment>> {
    const page = await walkTable(this.#client, this.#tableName, { ...part, type: 'payment' });
    return { ...page, items: page.items.map(toPayment) };
  }

  save(payment: Payment): Promise<boolean> {
    return putVersion(this.#client, this.#tableName, paymentItem(payment), payment.version);
  }
}
