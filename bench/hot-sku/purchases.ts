import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { DynamoStockStore } from '../../lambdas/inventory/adapters/dynamo-stock-store.ts';
import { ReserveCache } from '../../lambdas/inventory/use-cases/reservations/reserve-cache.ts';
import { reserveStock } from '../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { isTransient, RetryLaterError } from '../../lambdas/shared/core/errors.ts';
import { systemRandom } from '../../lambdas/shared/core/random.ts';
import type { Purchase } from './purchase.ts';
import { takeWithOrder, toTakeUpdate } from './row-and-order.ts';
import type { Shop } from './shop.ts';

const HOLD_SECONDS = 600;
const BUCKET_SECONDS = 60;

/**
 * Runs the reserving use case with a store and a cache of its own, like each instance of the
 * function.
 */
export function createStockbookBuyer({ sku, tableName, client, context }: Shop): Purchase {
  const store = new DynamoStockStore(client(), tableName);
  const memory = new ReserveCache(systemRandom);
  return async (id, quantity) => {
    const command = {
      ...context(),
      reservationId: id,
      orderId: id,
      lines: [{ sku, quantity }],
      holdSeconds: HOLD_SECONDS,
      bucketSeconds: BUCKET_SECONDS,
      fingerprint: id,
    };
    try {
      const { ok } = await reserveStock(store, command, memory);
      return ok ? 'held' : 'soldOut';
    } catch (error) {
      // The function's HTTP handler returns 503 for both.
      if (error instanceof RetryLaterError || isTransient(error)) return 'shed';
      throw error;
    }
  };
}

const rowKey = (sku: string) => ({ pk: `ROW#${sku}`, sk: 'ROW' });

/** Writes the baselines' row of a SKU. */
export const putRow = async ({ sku, tableName, client }: Shop, units: number): Promise<void> => {
  await client().send(
    new PutCommand({ TableName: tableName, Item: { ...rowKey(sku), available: units } }),
  );
};

/**
 * The most common baseline: one conditional update of one row. After a lost response it is unknown
 * whether the units were taken, or they are taken twice, and there is no record of their owner.
 */
export function createPlainRowBuyer({ sku, tableName, client }: Shop): Purchase {
  const own = client();
  return async (_id, quantity) => {
    try {
      await own.send(new UpdateCommand(toTakeUpdate({ tableName, key: rowKey(sku), quantity })));
      return 'held';
    } catch (error) {
      if (error instanceof Error && error.name === 'ConditionalCheckFailedException')
        return 'soldOut';
      if (isTransient(error)) return 'shed';
      throw error;
    }
  };
}

/**
 * Exponential backoff with full jitter.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
const BACKOFF = { firstMilliseconds: 50, lastMilliseconds: 20_000 };

/**
 * The baseline that is safe against lost responses: the row and an order's record in one
 * transaction, retried with backoff.
 */
export function createRowAndOrderBuyer({ sku, tableName, client }: Shop): Purchase {
  const own = client();
  return (id, quantity) => {
    const order = { pk: `ORDER#${id}`, sk: 'ORDER', sku, quantity, status: 'HELD', by: 'bench' };
    return takeWithOrder(own, { tableName, key: rowKey(sku), quantity, order, backoff: BACKOFF });
  };
}
