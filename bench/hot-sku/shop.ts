import { randomUUID } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DynamoStockStore } from '../../lambdas/inventory/adapters/dynamo-stock-store.ts';
import type { CommandContext } from '../../lambdas/inventory/domain/ledger/decision.ts';
import { rebalanceStock } from '../../lambdas/inventory/use-cases/sharding/rebalance-stock.ts';
import { putStock, receiveStock } from '../../lambdas/inventory/use-cases/stock/update-stock.ts';
import type { Instant } from '../../lambdas/shared/core/instant.ts';
import { createDocumentClient } from '../../lambdas/shared/dynamodb/document-client.ts';
import { DEVELOPER_CREDENTIALS } from '../../local/account.ts';
import { createTable } from '../../local/dynamodb/dynamodb.ts';
import type { OnCall } from '../dynamodb-model/call-log.ts';
import { replaceTimers } from '../dynamodb-model/clock/replace-timers.ts';
import { SteppedClock } from '../dynamodb-model/clock/stepped-clock.ts';
import type { DynamoDbModel } from '../dynamodb-model/model.ts';
import {
  startThrottlingProxy,
  type ThrottlingServer,
} from '../dynamodb-model/proxy/start-throttling-proxy.ts';

export type ShopOptions = {
  /** Endpoint of DynamoDB Local. */
  readonly endpoint: string;
  readonly tableProperties: Readonly<Record<string, unknown>>;
  readonly shards: number;
  readonly units: number;
  readonly model?: Partial<DynamoDbModel>;
  readonly onCall?: OnCall;
};

export type Shop = {
  readonly sku: string;
  readonly tableName: string;
  readonly throttlingServer: ThrottlingServer;
  /** Clock that stands still while any participant is awake. */
  readonly clock: SteppedClock;
  /** Returns the production's client, as a separate function instance would have it. */
  readonly client: () => DynamoDBDocumentClient;
  readonly context: () => CommandContext;
  readonly close: () => Promise<void>;
};

/** Returns the environment variables by which a function gets its endpoint and credentials. */
const environmentOf = (endpoint: string) => ({
  AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: DEVELOPER_CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: DEVELOPER_CREDENTIALS.secretAccessKey,
});

/**
 * Opens one SKU behind the DynamoDB model, with its units spread over a number of shards by the
 * real use cases. All timers of this process run on the model's clock until the shop is closed.
 */
export async function openShop(options: ShopOptions): Promise<Shop> {
  const { endpoint, tableProperties, shards, units, model = {}, onCall = () => {} } = options;
  const clock = new SteppedClock();
  const throttlingServer = await startThrottlingProxy({
    endpoint,
    clock,
    model,
    onCall,
    servesReadsFromCache: true,
  });
  let restoreTimers = () => {};
  const before = { ...process.env };
  Object.assign(process.env, environmentOf(throttlingServer.endpoint));
  const clients: DynamoDBDocumentClient[] = [];
  const openedAt: Instant = Date.now();
  const close = async () => {
    restoreTimers();
    process.env = before;
    for (const client of clients) client.destroy();
    clock.stop();
    await throttlingServer.stop();
  };
  const shop: Shop = {
    sku: 'hot',
    tableName: `shop-${randomUUID()}`,
    throttlingServer,
    clock,
    client: () => {
      const client = createDocumentClient();
      clients.push(client);
      return client;
    },
    context: () => ({
      now: openedAt + Math.floor(clock.now()),
      by: 'bench',
      correlationId: 'bench',
    }),
    close,
  };
  try {
    await throttlingServer.runUnthrottled(async () => {
      await createTable(throttlingServer.endpoint, shop.tableName, tableProperties);
      await stockSku(shop, shards, units);
    });
    restoreTimers = replaceTimers(clock);
    return shop;
  } catch (error) {
    await close();
    throw error;
  }
}

async function stockSku(
  { sku, tableName, client, context }: Shop,
  shards: number,
  units: number,
): Promise<void> {
  const store = new DynamoStockStore(client(), tableName);
  await putStock(store, { ...context(), sku, shardCount: shards });
  const received = await receiveStock(store, {
    ...context(),
    operationId: `in-${sku}`,
    fingerprint: '',
    sku,
    quantity: units,
  });
  if (!received.ok)
    throw new Error(`The units were not received: ${JSON.stringify(received.error)}`);
  await rebalanceStock(store, { ...context(), sku });
}
