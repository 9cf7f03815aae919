import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
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

  async save(payment: Payment): Promise<boolean> {
    const condition =
      payment.version === 1
        ? { ConditionExpression: 'attribute_not_exists(pk)' }
        : {
            ConditionExpression: '#version = :before',
            ExpressionAttributeNames: { '#version': 'version' },
            ExpressionAttributeValues: { ':before': payment.version - 1 },
          };
    try {
      await this.#client.send(
        new PutCommand({ TableName: this.#tableName, Item: paymentItem(payment), ...condition }),
      );
      return true;
    } catch (fault) {
      if (fault instanceof ConditionalCheckFailedException) return false;
      throw fault;
    }
  }
}
