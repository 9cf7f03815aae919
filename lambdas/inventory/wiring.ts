import { systemClock } from '../shared/core/clock.ts';
import { requireCount, requireVariable } from '../shared/core/environment.ts';
import { systemRandom } from '../shared/core/random.ts';
import { createDocumentClient } from '../shared/dynamodb/document-client.ts';
import { createItemReader } from '../shared/dynamodb/stored-item.ts';
import { createDeadLetterSender } from '../shared/events/rejected-change.ts';
import { createMetrics } from '../shared/observability/metrics.ts';
import { DynamoAuditReader } from './adapters/dynamo-audit-reader.ts';
import { DynamoLocationStore } from './adapters/dynamo-location-store.ts';
import { DynamoStockItemStore } from './adapters/dynamo-stock-item-store.ts';
import { DynamoStockReader } from './adapters/dynamo-stock-reader.ts';
import { DynamoStockStore } from './adapters/dynamo-stock-store.ts';
import { DynamoOwnedReservationReader } from './adapters/indexes/dynamo-owned-reservation-reader.ts';
import { DynamoLevelSweepStore } from './adapters/levels/dynamo-level-sweep-store.ts';
import { DynamoStockLevelStore } from './adapters/levels/dynamo-stock-level-store.ts';
import { DynamoWakeReader } from './adapters/levels/dynamo-wake-reader.ts';
import { ReserveCache } from './use-cases/reservations/reserve-cache.ts';

const { env } = process;
const client = createDocumentClient();
const tableName = () => requireVariable(env, 'INVENTORY_TABLE');

let cache: ReserveCache | undefined;
/** Returns the cache of this instance of the reserving function, kept between its requests. */
export const reserveCache = (): ReserveCache => {
  cache ??= new ReserveCache(systemRandom);
  return cache;
};

export const stockStore = () => new DynamoStockStore(client, tableName());
export const stockItemStore = () => new DynamoStockItemStore(client, tableName());
export const stockLevelStore = () => new DynamoStockLevelStore(client, tableName());
export const levelSweepStore = () => new DynamoLevelSweepStore(client, tableName());
export const wakeReader = () =>
  new DynamoWakeReader(client, { name: tableName(), index: requireVariable(env, 'WAKE_INDEX') });
export const locationStore = () => new DynamoLocationStore(client, tableName());
export const stockReader = () =>
  new DynamoStockReader(client, {
    name: tableName(),
    skuIndex: requireVariable(env, 'SKU_INDEX'),
  });
export const ownedReservationReader = () =>
  new DynamoOwnedReservationReader(client, {
    name: tableName(),
    index: requireVariable(env, 'OWNER_INDEX'),
  });
export const auditReader = () =>
  new DynamoAuditReader(client, {
    name: tableName(),
    skuIndex: requireVariable(env, 'SKU_INDEX'),
    operationIndex: requireVariable(env, 'OPERATION_INDEX'),
  });
/** Returns the length of an expiry bucket, which is also the shortest hold. */
export const bucketSeconds = () => requireCount(env, 'HOLD_GRANULARITY_SECONDS');
/** Returns whether more shards of a contended SKU are proposed or set: `propose` or `auto`. */
export const shardScaling = () => requireVariable(env, 'SHARD_SCALING');
/** Returns the maximum sellable units that the levels of a SKU show. */
export const showBelow = () => requireCount(env, 'SHOW_BELOW', 0);
export const metrics = () => createMetrics(requireVariable(env, 'STAGE'), systemClock);
export const eventBusName = () => requireVariable(env, 'EVENT_BUS');
/** Returns the sender of changes that a consumer of the table's stream gives up. */
export const deadLetters = () => createDeadLetterSender(requireVariable(env, 'STREAM_DLQ_URL'));
/** Returns the reader of a table item as it is stored now. */
export const storedItem = () => createItemReader(client, tableName());
export {
  eventsOfItemChange as eventsOfItems,
  metricsOfItem as countsOfItem,
  watchedChangeOf as watchedChangeOfItems,
} from './adapters/stream-events.ts';
