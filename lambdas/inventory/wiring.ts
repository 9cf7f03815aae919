import { systemClock } from '../shared/core/clock.ts';
import { required, requiredCount } from '../shared/core/environment.ts';
import { documentClient } from '../shared/dynamodb/document-client.ts';
import { storedItemsOf } from '../shared/dynamodb/stored-item.ts';
import { deadLettersAt } from '../shared/events/dead-letter.ts';
import { embeddedMetrics } from '../shared/observability/metrics.ts';
import { DynamoAuditReader } from './adapters/dynamo-audit-reader.ts';
import { DynamoSkuStore } from './adapters/dynamo-sku-store.ts';
import { DynamoStockReader } from './adapters/dynamo-stock-reader.ts';
import { DynamoStockStore } from './adapters/dynamo-stock-store.ts';

const { env } = process;
const client = documentClient();
const tableName = () => required(env, 'INVENTORY_TABLE');

export const stockStore = () => new DynamoStockStore(client, tableName());
export const skuStore = () => new DynamoSkuStore(client, tableName(), stockStore());
export const stockReader = () =>
  new DynamoStockReader(
    client,
    { name: tableName(), skuIndex: required(env, 'SKU_INDEX') },
    stockStore(),
  );
export const auditReader = () =>
  new DynamoAuditReader(client, {
    name: tableName(),
    skuIndex: required(env, 'SKU_INDEX'),
    operationIndex: required(env, 'OPERATION_INDEX'),
  });
/** The length of a hold's slot, and so the shortest hold. */
export const slotSeconds = () => requiredCount(env, 'HOLD_SLOT_SECONDS');
/** What becomes of a hot sku: more shards are proposed, or set. */
export const hotSkus = () => required(env, 'HOT_SKUS');
export const metrics = () => embeddedMetrics(required(env, 'STAGE'), systemClock);
export const eventBusName = () => required(env, 'EVENT_BUS');
/** Queue of the changes that a consumer of the table's stream gives up. */
export const deadLetters = () => deadLettersAt(required(env, 'DEAD_LETTERS_URL'));
/** Reads an item of the table as it is stored now. */
export const storedItem = () => storedItemsOf(client, tableName());
export { cellsOfItems, countsOfItem, eventsOfItems } from './adapters/stream-events.ts';
