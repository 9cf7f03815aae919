import { AttributeType, ProjectionType } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import type { Config } from '../../config.ts';
import type { Alarms } from '../monitoring/alarms.ts';
import { ContextTable } from './context-table.ts';

export const CUSTOMER_INDEX = 'customers';
export const PRODUCT_INDEX = 'products';
export const QUEUE_INDEX = 'queues';

/**
 * The table of orders, with indexes of the orders of a customer, the orders that wait for staff,
 * and the products.
 */
export class OrdersTable extends ContextTable {
  constructor(scope: Construct, id: string, config: Config, alarms: Alarms) {
    super(scope, id, {
      config,
      alarms,
      warmThroughput: config.warmOrders,
      indexes: [
        {
          indexName: CUSTOMER_INDEX,
          partitionKey: { name: 'customerId', type: AttributeType.STRING },
          sortKey: { name: 'placed', type: AttributeType.STRING },
          projectionType: ProjectionType.KEYS_ONLY,
        },
        {
          indexName: QUEUE_INDEX,
          partitionKey: { name: 'queue', type: AttributeType.STRING },
          sortKey: { name: 'queued', type: AttributeType.STRING },
          projectionType: ProjectionType.KEYS_ONLY,
        },
        {
          indexName: PRODUCT_INDEX,
          partitionKey: { name: 'listedProduct', type: AttributeType.STRING },
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: ['sku', 'name', 'unitPrice'],
        },
      ],
    });
  }
}
