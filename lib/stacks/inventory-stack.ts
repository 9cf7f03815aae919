import { CfnOutput, Stack } from 'aws-cdk-lib';
import { AttributeType, ProjectionType } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, FilterRule } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { INVENTORY_SOURCE, ORDERS_SOURCE } from '../../lambdas/contracts/events.ts';
import type { Access } from '../constructs/api/access.ts';
import {
  AUDIT_TIMEOUT,
  CONSUMER_TIMEOUT,
  EVENT_CONSUMER_TIMEOUT,
  HTTP_TIMEOUT,
  ServiceFunction,
} from '../constructs/compute/service-function.ts';
import { EventSubscription } from '../constructs/messaging/event-subscription.ts';
import { StreamConsumer } from '../constructs/messaging/stream-consumer.ts';
import { ContextTable } from '../constructs/storage/context-table.ts';
import type { ContextStackProps } from './shared-stack.ts';

const SKU_INDEX = 'skus';
const OPERATION_INDEX = 'operations';
/** Conflicts within five minutes that raise the alarm. A hot SKU always has some; with more than this, many requests get 503. */
const CONFLICTS_MAX = 500;

/** A transaction needs the right to each of its actions. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html */
const READ_BOOK = ['dynamodb:BatchGetItem'] as const;
const CHANGE_BOOK = [...READ_BOOK, 'dynamodb:PutItem', 'dynamodb:UpdateItem'] as const;

/** The owner of every stock count: nothing outside this stack may write its table. */
export class InventoryStack extends Stack {
  constructor(scope: Construct, id: string, { config, bundles, shared }: ContextStackProps) {
    super(scope, id, { description: `Stockbook ${config.stage}: inventory` });
    const { bus, alarms } = shared;
    const table = new ContextTable(this, 'Book', {
      config,
      alarms,
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
      ],
    });
    alarms.createAlarm(this, 'BookConflicts', {
      metric: table.metricOf('TransactionConflict'),
      level: 'full',
      description: `Transactions on the inventory table conflicted ${CONFLICTS_MAX} times or more within five minutes.`,
      runbook: 'CONFLICTS',
      threshold: CONFLICTS_MAX,
    });
    const environment = {
      INVENTORY_TABLE: table.tableName,
      SKU_INDEX,
      OPERATION_INDEX,
      HOLD_GRANULARITY_SECONDS: String(config.holdGranularitySeconds),
      SHARD_SCALING: config.shardScaling,
      EVENT_BUS: shared.bus.eventBusName,
    };
    const functionOf = (name: string, handler: string, timeout = CONSUMER_TIMEOUT) =>
      new ServiceFunction(this, name, {
        config,
        bundles,
        handler: `inventory/${handler}`,
        environment,
        timeout,
      });
    const route = (
      name: string,
      handler: string,
      path: string,
      access: Access,
      actions: readonly string[],
      timeout = HTTP_TIMEOUT,
    ) => {
      const routed = functionOf(name, handler, timeout);
      shared.api.addRoute(this, path, access, routed.allow(table.tableArn, ...actions));
      return routed;
    };

    route('PutStock', 'put-stock', 'PUT /stock/{sku}', 'stock.write', [
      ...READ_BOOK,
      'dynamodb:PutItem',
    ]);
    route('PatchStock', 'patch-stock', 'PATCH /stock/{sku}', 'stock.write', CHANGE_BOOK);
    route(
      'ReceiveStock',
      'receive-stock',
      'POST /stock/{sku}/receipts',
      'stock.write',
      CHANGE_BOOK,
    );
    route(
      'AdjustStock',
      'adjust-stock',
      'POST /stock/{sku}/adjustments',
      'stock.write',
      CHANGE_BOOK,
    );
    route('GetStock', 'get-stock', 'GET /stock/{sku}', 'stock.read', READ_BOOK);
    route('ListStock', 'list-stock', 'GET /stock', 'stock.read', READ_BOOK).allow(
      `${table.tableArn}/index/${SKU_INDEX}`,
      'dynamodb:Scan',
    );
    route('ListMovements', 'list-movements', 'GET /stock/{sku}/movements', 'stock.read', [
      ...READ_BOOK,
      'dynamodb:Query',
    ]);
    const reservation = '/reservations/{reservationId}';
    route('ReserveStock', 'reserve-stock', `PUT ${reservation}`, 'service', CHANGE_BOOK);
    route('GetReservation', 'get-reservation', `GET ${reservation}`, 'service', READ_BOOK);
    route(
      'ExtendReservation',
      'extend-reservation',
      `POST ${reservation}/extension`,
      'service',
      CHANGE_BOOK,
    );
    route(
      'ReleaseReservation',
      'release-reservation',
      `DELETE ${reservation}`,
      'service',
      CHANGE_BOOK,
    );

    const audited = ['dynamodb:BatchGetItem', 'dynamodb:Query'];
    const operations = `${table.tableArn}/index/${OPERATION_INDEX}`;
    route('ExplainStock', 'explain-stock', 'GET /stock/{sku}/explanation', 'stock.read', audited);
    route(
      'AuditReservations',
      'audit-reservations',
      'GET /audit/reservations',
      'service',
      READ_BOOK,
    );
    route('GetCountBasis', 'get-count-basis', 'GET /audit/counts', 'service', audited);
    route('PostCount', 'post-count', 'POST /repairs/counts', 'service', CHANGE_BOOK);
    route('RepairCell', 'repair-cell', 'POST /repairs/cells', 'service', CHANGE_BOOK);
    route('RepairReservation', 'repair-reservation', `POST /repairs${reservation}`, 'service', [
      ...CHANGE_BOOK,
      'dynamodb:Query',
    ]);
    // It writes checkpoints, which shorten the next audit and which nothing else reads.
    route(
      'AuditCells',
      'audit-cells',
      'GET /audit/cells',
      'service',
      [...audited, 'dynamodb:PutItem'],
      AUDIT_TIMEOUT,
    )
      .allow(`${table.tableArn}/index/${SKU_INDEX}`, 'dynamodb:Scan')
      .allow(operations, 'dynamodb:Query');

    const delivery = { bus, alarms, config };
    new EventSubscription(this, 'OrderConfirmed', {
      ...delivery,
      source: ORDERS_SOURCE,
      detailTypes: ['OrderConfirmed'],
      consumer: functionOf('CommitReservation', 'commit-reservation', EVENT_CONSUMER_TIMEOUT).allow(
        table.tableArn,
        ...CHANGE_BOOK,
      ),
    });
    new EventSubscription(this, 'OrderFulfilled', {
      ...delivery,
      source: ORDERS_SOURCE,
      detailTypes: ['OrderFulfilled'],
      consumer: functionOf('ShipReservation', 'ship-reservation', EVENT_CONSUMER_TIMEOUT).allow(
        table.tableArn,
        ...CHANGE_BOOK,
      ),
    });
    new EventSubscription(this, 'StockToRebalance', {
      ...delivery,
      source: INVENTORY_SOURCE,
      detailTypes: [
        'StockShardsChanged',
        'StockConsolidationRequested',
        'StockReceived',
        'StockReturned',
      ],
      consumer: functionOf('RebalanceStock', 'rebalance-stock').allow(
        table.tableArn,
        ...CHANGE_BOOK,
      ),
    });
    new StreamConsumer(this, 'EventPublishing', {
      config,
      table,
      alarms,
      consumer: functionOf('PublishEvents', 'publish-events').allow(
        bus.eventBusArn,
        'events:PutEvents',
      ),
      filters: [
        streamFilterFor('movements'),
        streamFilterFor('reservation'),
        streamFilterFor('stockItem'),
      ],
    });
    new StreamConsumer(this, 'StockLevels', {
      config,
      table,
      alarms,
      consumer: functionOf('WatchStockLevel', 'watch-stock-level').allow(
        table.tableArn,
        ...CHANGE_BOOK,
      ),
      filters: [streamFilterFor('balance')],
    });
    table.denyOtherWriters(config);
    new CfnOutput(this, 'TableInventory', { value: table.tableName });
  }
}

/** New and changed records of a type; nothing is said of one that TTL removed. */
const streamFilterFor = (type: string) =>
  FilterCriteria.filter({ dynamodb: { NewImage: { type: { S: FilterRule.isEqual(type) } } } });
