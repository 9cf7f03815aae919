import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Outcome, Purchase } from '../hot-sku/purchase.ts';
import { takeWithOrder } from '../hot-sku/row-and-order.ts';
import type { Shop } from '../hot-sku/shop.ts';

/** Backoff for a busy shard. */
const BACKOFF = { firstMilliseconds: 20, lastMilliseconds: 200 };

const shardKey = (sku: string, shard: number) => ({ pk: `ROW#${sku}#${shard}`, sk: 'ROW' });

export async function putShards(
  { sku, tableName, client }: Shop,
  shards: number,
  units: number,
): Promise<void> {
  const own = client();
  for (let shard = 0; shard < shards; shard += 1) {
    const available = Math.floor(units / shards) + (shard < units % shards ? 1 : 0);
    await own.send(
      new PutCommand({ TableName: tableName, Item: { ...shardKey(sku, shard), available } }),
    );
  }
}

/**
 * Baseline of a sharded counter: takes from the first shard, in random order, that has the
 * quantity, with an order's record in the same transaction. Reports sold out if no shard had it.
 */
export function createEveryShardBuyer({ sku, tableName, client }: Shop, shards: number): Purchase {
  const own = client();
  const take = (id: string, quantity: number, shard: number): Promise<Outcome> => {
    const order = { pk: `ORDER#${id}`, sk: 'ORDER', sku, quantity, shard, status: 'HELD' };
    return takeWithOrder(own, {
      tableName,
      key: shardKey(sku, shard),
      quantity,
      order,
      backoff: BACKOFF,
    });
  };
  return async (id, quantity) => {
    const order = Array.from({ length: shards }, (_, shard) => ({ shard, index: Math.random() }));
    let outcome: Outcome = 'soldOut';
    for (const { shard } of order.sort((a, b) => a.index - b.index)) {
      const taken = await take(id, quantity, shard);
      if (taken === 'held') return taken;
      if (taken === 'shed') outcome = 'shed';
    }
    return outcome;
  };
}
