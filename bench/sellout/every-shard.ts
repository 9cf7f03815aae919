import { setTimeout as delay } from 'node:timers/promises';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Outcome, Purchase } from '../hot/purchases.ts';
import type { Shop } from '../hot/shop.ts';

/** Of a busy shard, before it is given up for busy. */
const TRIES_MAX = 8;
const BACKOFF_MILLISECONDS = 20;
const BACKOFF_MILLISECONDS_MAX = 200;

const shardKey = (sku: string, shard: number) => ({ pk: `ROW#${sku}#${shard}`, sk: 'ROW' });

export async function putShards(
  { sku, tableName, client }: Shop,
  shards: number,
  units: number,
): Promise<void> {
  const own = client();
  for (let shard = 0; shard < shards; shard += 1) {
    const available = Math.floor(units / shards) + (shard < units % shards ? 1 : 0);
    await own.send(new PutCommand({ TableName: tableName, Item: { ...shardKey(sku, shard), available } }));
  }
}

/**
 * The baseline of a counter in shards: it takes from the first shard, in an order of chance, that has the quantity, with an order's record
 * in the same transaction, and calls it sold out when none had it.
 */
export function everyShardBuyer({ sku, tableName, client }: Shop, shards: number): Purchase {
  const own = client();
  const take = async (id: string, quantity: number, shard: number): Promise<Outcome> => {
    const order = { pk: `ORDER#${id}`, sk: 'ORDER', sku, quantity, shard, status: 'HELD' };
    for (let tried = 0; tried < TRIES_MAX; tried += 1) {
      if (tried > 0)
        await delay(Math.random() * Math.min(BACKOFF_MILLISECONDS * 2 ** tried, BACKOFF_MILLISECONDS_MAX));
      try {
        await own.send(
          new TransactWriteCommand({
            TransactItems: [
              {
                Update: {
                  TableName: tableName,
                  Key: shardKey(sku, shard),
                  UpdateExpression: 'SET available = available - :quantity',
                  ConditionExpression: 'available >= :quantity',
                  ExpressionAttributeValues: { ':quantity': quantity },
                },
              },
              {
                Put: {
                  TableName: tableName,
                  Item: order,
                  ConditionExpression: 'attribute_not_exists(pk)',
                },
              },
            ],
          }),
        );
        return 'held';
      } catch (fault) {
        if (!(fault instanceof TransactionCanceledException)) throw fault;
        const codes = (fault.CancellationReasons ?? []).map(({ Code }) => Code);
        if (codes.includes('ConditionalCheckFailed')) return 'soldOut';
      }
    }
    return 'shed';
  };
  return async (id, quantity) => {
    const order = Array.from({ length: shards }, (_, shard) => ({ shard, place: Math.random() }));
    let outcome: Outcome = 'soldOut';
    for (const { shard } of order.sort((a, b) => a.place - b.place)) {
      const taken = await take(id, quantity, shard);
      if (taken === 'held') return taken;
      if (taken === 'shed') outcome = 'shed';
    }
    return outcome;
  };
}
