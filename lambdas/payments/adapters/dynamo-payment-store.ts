import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { putVersion } from '../../shared/put-version.ts';
import type { Payment } from '../domain/payment.ts';
import type { PaymentStore } from '../use-cases/ports.ts';
import { paymentItem, paymentKey, toPayment } from './payment-items.ts';

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
