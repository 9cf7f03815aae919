import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { DynamoStockStore } from '../../lambdas/inventory/adapters/dynamo-stock-store.ts';
import { ReserveMemory } from '../../lambdas/inventory/use-cases/reservations/reserve-memory.ts';
import { reserveStock } from '../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { chance } from '../../lambdas/shared/core/chance.ts';
import { isTransient, RetryLater } from '../../lambdas/shared/core/faults.ts';
import { takeFrom, takeWithOrder } from './row-and-order.ts';
import type { Shop } from './shop.ts';

/** `shed`: told to come again. */
export type Outcome = 'held' | 'soldOut' | 'shed';
export type Purchase = (id: string, quantity: number) => Promise<Outcome>;

const HOLD_SECONDS = 600;
const SLOT_SECONDS = 60;

/** What the reserving function does, with a store and a memory of its own as each of its instances has. */
export function stockbookBuyer({ sku, tableName, client, context }: Shop): Purchase {
  const store = new DynamoStockStore(client(), tableName);
  const memory = new ReserveMemory(chance);
  return async (id, quantity) => {
    const command = {
      ...context(),
      reservationId: id,
      orderId: id,
      lines: [{ sku, quantity }],
      holdSeconds: HOLD_SECONDS,
      slotSeconds: SLOT_SECONDS,
      fingerprint: id,
    };
    try {
      const { ok } = await reserveStock(store, command, memory);
      return ok ? 'held' : 'soldOut';
    } catch (fault) {
      // As the function's HTTP handler does: both are its 503.
      if (fault instanceof RetryLater || isTransient(fault)) return 'shed';
      throw fault;
    }
  };
}

const rowKey = (sku: string) => ({ pk: `ROW#${sku}`, sk: 'ROW' });

/** The one row per sku of the baselines. */
export const putRow = async ({ sku, tableName, client }: Shop, units: number): Promise<void> => {
  await client().send(
    new PutCommand({ TableName: tableName, Item: { ...rowKey(sku), available: units } }),
  );
};

/**
 * The baseline as it is mostly built: one conditional update of one row. A response that is lost takes the units a second time or leaves
 * it open whether they were taken, and nothing tells whose they are.
 */
export function plainRowBuyer({ sku, tableName, client }: Shop): Purchase {
  const own = client();
  return async (_id, quantity) => {
    try {
      await own.send(new UpdateCommand(takeFrom({ tableName, key: rowKey(sku), quantity })));
      return 'held';
    } catch (fault) {
      if (fault instanceof Error && fault.name === 'ConditionalCheckFailedException')
        return 'soldOut';
      if (isTransient(fault)) return 'shed';
      throw fault;
    }
  };
}

/** Exponential backoff with full jitter. https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
const BACKOFF = { firstMilliseconds: 50, lastMilliseconds: 20_000 };

/** The baseline that is safe against lost responses: the row and an order's record in one transaction, retried with backoff. */
export function rowAndOrderBuyer({ sku, tableName, client }: Shop): Purchase {
  const own = client();
  return (id, quantity) => {
    const order = { pk: `ORDER#${id}`, sk: 'ORDER', sku, quantity, status: 'HELD', by: 'bench' };
    return takeWithOrder(own, { tableName, key: rowKey(sku), quantity, order, backoff: BACKOFF });
  };
}
