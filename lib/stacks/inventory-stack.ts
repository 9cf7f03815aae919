import { CfnOutput, Stack, TimeZone } from 'aws-cdk-lib';
import { AttributeType, ProjectionType } from 'aws-cdk-lib/aws-dynamodb';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { INVENTORY_SOURCE, ORDERS_SOURCE } from '../../lambdas/contracts/events.ts';
import type { Config } from '../config.ts';
import { ContextFunctions } from '../constructs/compute/context-functions.ts';
import {
  AUDIT_TIMEOUT,
  CONSUMER_TIMEOUT,
  LOOK_TIMEOUT,
} from '../constructs/compute/service-function.ts';
import type { DeadLetterQueue } from '../constructs/messaging/dead-letter-queue.ts';
import type { Alarms } from '../constructs/monitoring/alarms.ts';
import { ContextTable } from '../constructs/storage/context-table.ts';
import type { ContextStackProps } from './shared-stack.ts';

const SKU_INDEX = 'skus';
const OPERATION_INDEX = 'operations';
const OWNER_INDEX = 'owners';
const WAKE_INDEX = 'wakes';
/**
 * Conflicts within five minutes that raise the alarm. A hot SKU always has some; with more than
 * this, many requests get 503.
 */
const CONFLICTS_MAX = 500;

/**
 * A transaction needs the permission for each of its actions.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
 */
const READ_BOOK = ['dynamodb:BatchGetItem'] as const;
const QUERY_BOOK = [...READ_BOOK, 'dynamodb:Query'] as const;
const CHANGE_BOOK = [...READ_BOOK, 'dynamodb:PutItem', 'dynamodb:UpdateItem'] as const;

/** The owner of every stock count. No function outside this stack may write its table. */
export class InventoryStack extends Stack {
  readonly deadLetterQueues: readonly DeadLetterQueue[];

  constructor(scope: Construct, id: string, { config, bundles, shared }: ContextStackProps) {
    super(scope, id, { description: `Stockbook ${config.stage}: inventory` });
    const table = new ContextTable(this, 'Book', {
      config,
      alarms: shared.alarms,
      warmThroughput: config.warmInventory,
      indexes: [
        {
          indexName: SKU_INDEX,
          partitionKey: { name: 'listedSku', type: AttributeType.STRING },
          projectionType: ProjectionType.KEYS_ONLY,
        },
        {
          indexName: OPERATION_INDEX,
          partitionKey: { name: 'operationCell', type: AttributeType.STRING },
          sortKey: { name: 'at', type: AttributeType.NUMBER },
          projectionType: ProjectionType.KEYS_ONLY,
        },
        {
          indexName: OWNER_INDEX,
          partitionKey: { name: 'ownedBy', type: AttributeType.STRING },
          sortKey: { name: 'ownedSince', type: AttributeType.STRING },
          projectionType: ProjectionType.KEYS_ONLY,
        },
        {
          indexName: WAKE_INDEX,
          partitionKey: { name: 'wake', type: AttributeType.STRING },
          sortKey: { name: 'wakeAt', type: AttributeType.NUMBER },
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
    });
    addConflictAlarm(this, table, shared.alarms);
    const functions = new ContextFunctions(this, {
      config,
      bundles,
      shared,
      context: 'inventory',
      table,
      environment: {
        INVENTORY_TABLE: table.tableName,
        SKU_INDEX,
        OPERATION_INDEX,
        OWNER_INDEX,
        WAKE_INDEX,
        HOLD_GRANULARITY_SECONDS: String(config.holdGranularitySeconds),
        SHARD_SCALING: config.shardScaling,
        EVENT_BUS: shared.bus.eventBusName,
      },
    });
    addStockRoutes(functions, table);
    if (config.publicAvailability) functions.http('getShopAvailability', { actions: READ_BOOK });
    addLocationRoutes(functions);
    addReservationRoutes(functions, table);
    addAuditRoutes(functions, table);
    if (config.orders) addOrderConsumers(functions);
    addConsumers(functions);
    addLevels(functions, table, config);
    this.deadLetterQueues = functions.deadLetterQueues;
    table.denyOtherWriters(functions.functions, config);
    new CfnOutput(this, 'TableInventory', { value: table.tableName });
  }
}

function addConflictAlarm(stack: Stack, table: ContextTable, alarms: Alarms): void {
  alarms.createAlarm(stack, 'BookConflicts', {
    metric: table.metricOf('TransactionConflict'),
    level: 'full',
    description: `At least ${CONFLICTS_MAX} transaction conflicts on the inventory table within five minutes.`,
    runbook: 'CONFLICTS',
    threshold: CONFLICTS_MAX,
  });
}

function addStockRoutes(functions: ContextFunctions, table: ContextTable): void {
  functions.http('putStock', { actions: CHANGE_BOOK });
  functions.http('patchStock', { actions: CHANGE_BOOK });
  functions.http('receiveStock', { actions: CHANGE_BOOK });
  functions.http('adjustStock', { actions: CHANGE_BOOK });
  functions.http('getStock', { actions: READ_BOOK });
  functions.http('readAvailability', { actions: READ_BOOK });
  functions
    .http('listStock', { actions: READ_BOOK })
    .allow(`${table.tableArn}/index/${SKU_INDEX}`, 'dynamodb:Scan');
  functions.http('listMovements', { actions: QUERY_BOOK });
}

function addLocationRoutes(functions: ContextFunctions): void {
  functions.http('putLocation', { actions: [...READ_BOOK, 'dynamodb:PutItem'] });
  functions.http('getLocation', { actions: READ_BOOK });
  functions.http('listLocations', { actions: ['dynamodb:Query'] });
}

function addReservationRoutes(functions: ContextFunctions, table: ContextTable): void {
  functions.http('reserveStock', { actions: CHANGE_BOOK });
  functions.http('getReservation', { actions: READ_BOOK });
  functions.http('extendReservation', { actions: CHANGE_BOOK });
  functions.http('releaseReservation', { actions: CHANGE_BOOK });
  for (const route of ['createCommitment', 'createShipment', 'createRelease'] as const)
    functions.http(route, { actions: CHANGE_BOOK });
  functions
    .http('listReservations', { actions: READ_BOOK })
    .allow(`${table.tableArn}/index/${OWNER_INDEX}`, 'dynamodb:Query');
}

function addAuditRoutes(functions: ContextFunctions, table: ContextTable): void {
  functions.http('explainStock', { actions: QUERY_BOOK });
  functions.http('auditReservations', { actions: READ_BOOK });
  functions.http('getCountBasis', { actions: QUERY_BOOK });
  functions.http('postCount', { actions: CHANGE_BOOK });
  functions.http('repairCell', { actions: CHANGE_BOOK });
  functions.http('repairReservation', { actions: [...CHANGE_BOOK, 'dynamodb:Query'] });
  functions
    // The audit writes checkpoints, which shorten the next audit. No other code reads them.
    .http('auditCells', { actions: [...QUERY_BOOK, 'dynamodb:PutItem'], timeout: AUDIT_TIMEOUT })
    .allow(`${table.tableArn}/index/${SKU_INDEX}`, 'dynamodb:Scan')
    .allow(`${table.tableArn}/index/${OPERATION_INDEX}`, 'dynamodb:Query');
}

/** Adds the consumers of orders' events. Another order system calls the service routes instead. */
function addOrderConsumers(functions: ContextFunctions): void {
  functions.consumer('OrderConfirmed', 'commit-reservation', {
    source: ORDERS_SOURCE,
    detailTypes: ['OrderConfirmed'],
    actions: CHANGE_BOOK,
  });
  functions.consumer('OrderFulfilled', 'ship-reservation', {
    source: ORDERS_SOURCE,
    detailTypes: ['OrderFulfilled'],
    actions: CHANGE_BOOK,
  });
}

function addConsumers(functions: ContextFunctions): void {
  functions.consumer('StockToRebalance', 'rebalance-stock', {
    source: INVENTORY_SOURCE,
    detailTypes: [
      'StockShardsChanged',
      'StockConsolidationRequested',
      'StockReceived',
      'StockReturned',
    ],
    actions: CHANGE_BOOK,
    timeout: CONSUMER_TIMEOUT,
  });
  functions.publishEvents(['movements', 'reservation', 'stockItem', 'stockLevel']);
}

/** Adds the watcher, which lowers the levels of SKUs, and the looks, which raise them. */
function addLevels(functions: ContextFunctions, table: ContextTable, { showBelow }: Config): void {
  const environment = { SHOW_BELOW: String(showBelow) };
  functions.stream('StockLevels', 'watch-stock-level', {
    recordTypes: ['balance', 'stockItem', 'location'],
    actions: CHANGE_BOOK,
    environment,
  });
  functions
    .schedule('LevelSchedule', 'look-at-levels', {
      // At the start of each minute, when holds expire by default.
      expression: ScheduleExpression.cron({ minute: '*', timeZone: TimeZone.of('UTC') }),
      description: 'Look at stock levels',
      actions: [...READ_BOOK, 'dynamodb:PutItem'],
      timeout: LOOK_TIMEOUT,
      environment,
    })
    .allow(`${table.tableArn}/index/${WAKE_INDEX}`, 'dynamodb:Query')
    .allow(`${table.tableArn}/index/${SKU_INDEX}`, 'dynamodb:Scan');
}
