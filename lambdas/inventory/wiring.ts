import { systemClock } from '../shared/core/clock.ts';
import { requireCount, requireVariable } from '../shared/core/environment.ts';
import { systemRandom } from '../shared/core/random.ts';
import { createDocumentClient } from '../shared/dynamodb/document-client.ts';
import { createItemReader } from '../shared/dynamodb/stored-item.ts';
import { createDeadLetterSender } from '../shared/events/rejected-change.ts';
import { createMetrics } from '../shared/observability/metrics.ts';
import { DynamoAuditReader } from './adapters/dynamo-audit-reader.ts';
import { DynamoStockItemStore } from './adapters/dynamo-stock-item-store.ts';
import { DynamoStockReader } from './adapters/dynamo-stock-reader.ts';
import { DynamoStockStore } from './adapters/dynamo-stock-store.ts';
import { ReserveCache } from './use-cases/reservations/reserve-cache.ts';

const { env } = process;
const client = createDocumentClient();
const tableName = () => requireVariable(env, 'INVENTORY_TABLE');

let cache: ReserveCache | undefined;
/** Cache of this instance of the reserving function, kept between its requests. */
export const reserveCache = (): ReserveCache => {
  cache ??= new ReserveCache(systemRandom);
  return cache;
};

export const stockStore = () => new DynamoStockStore(client, tableName());
export const stockItemStore = () => new DynamoStockItemStore(client, tableName());
export const stockReader = () =>
  new DynamoStockReader(
    client,
    { name: tableName(), skuIndex: requireVariable(env, 'SKU_INDEX') },
    stockStore(),
  );
export const auditReader = () =>
  new DynamoAuditReader(client, {
    name: tableName(),
    skuIndex: requireVariable(env, 'SKU_INDEX'),
    operationIndex: requireVariable(env, 'OPERATION_INDEX'),
  });
/** The length of a hold's slot, and so the shortest hold. */
export const bucketSeconds = () => requireCount(env, 'HOLD_GRANULARITY_SECONDS');
/** What becomes of a hot sku: more shards are proposed, or set. */
export const shardScaling = () => requireVariable(env, 'SHARD_SCALING');
export const metrics = () => createMetrics(requireVariable(env, 'STAGE'), systemClock);
export const eventBusName = () => requireVariable(env, 'EVENT_BUS');
/** Queue of the changes that a consumer of the table's stream gives up. */
export const deadLetters = () => createDeadLetterSender(requireVariable(env, 'STREAM_DLQ_URL'));
/** Reads an item of the table as it is stored now. */
export const storedItem = () => createItemReader(client, tableName());
export {
  cellImagesOf as cellsOfItems,
  eventsOfItemChange as eventsOfItems,
  metricsOfItem as countsOfItem,
} from './adapters/stream-events.ts';
