import * as z from 'zod/mini';
import {
  Allocation,
  Delivery,
  OrderPaymentStatus,
  OrderStatus,
} from '../../contracts/api/orders.ts';
import {
  EpochMilliseconds,
  Id,
  Money,
  Quantity,
  Sku,
  Timestamp,
} from '../../contracts/primitives.ts';
import { deriveId } from '../../shared/core/fingerprint.ts';
import type { Item } from '../../shared/dynamodb/item.ts';
import {
  defineRecordKind,
  type RecordKind,
  type RecordKindOptions,
} from '../../shared/dynamodb/read-record.ts';
import { createEventDeriver } from '../../shared/events/event-publisher.ts';
import type { CustomerHolds } from '../domain/customer-holds.ts';
import { eventsOf } from '../domain/events.ts';
import type { Order } from '../domain/order.ts';
import type { Placement, Product } from '../domain/place-order.ts';
import {
  CLAIM_PREFIX,
  CUSTOMER_PREFIX,
  ORDER_PREFIX,
  orderKey,
  PLACEMENT_PREFIX,
  PRODUCT_PREFIX,
  placementKey,
  productKey,
} from './order-items.ts';

const Text = z.string().check(z.minLength(1));
const Count = z.int().check(z.minimum(0));
const Version = z.int().check(z.minimum(1));
const Saga = z.object({ machine: z.enum(['process', 'cancel']), name: Text });

const orderRecordKind = <Value>(
  options: Omit<RecordKindOptions<Value>, 'table'>,
): RecordKind<Value> => defineRecordKind({ table: 'orders', ...options });

const OrderLine = z.object({
  sku: Sku,
  name: z.string(),
  quantity: Quantity,
  unitPrice: Money,
  allocations: z.exactOptional(z.array(Allocation).check(z.minLength(1))),
});

const ORDER = orderRecordKind<Order>({
  type: 'order',
  pk: ORDER_PREFIX,
  sk: 'ORDER',
  keyOf: ({ orderId }) => orderKey(orderId),
  storageOnly: ['placed', 'queue', 'queued'],
  schema: z.object({
    orderId: Id,
    customerId: Text,
    status: OrderStatus,
    lines: z.array(OrderLine).check(z.minLength(1)),
    delivery: z.exactOptional(Delivery),
    total: Money,
    expiresAt: Timestamp,
    placedExpiresAt: Timestamp,
    fingerprint: z.string(),
    placementId: z.exactOptional(Text),
    claimId: z.exactOptional(Text),
    isReleased: z.exactOptional(z.literal(true)),
    payment: z.nullable(
      z.object({
        status: OrderPaymentStatus,
        attempt: z.int().check(z.minimum(1)),
        paymentMethod: z.string(),
        lastError: z.exactOptional(z.string()),
        continuations: z.exactOptional(Count),
      }),
    ),
    timeline: z.array(
      z.object({
        at: Timestamp,
        status: OrderStatus,
        reason: z.exactOptional(z.string()),
        omitted: z.exactOptional(Count),
      }),
    ),
    requests: z.record(
      z.string(),
      z.object({
        fingerprint: z.string(),
        responseStatus: OrderStatus,
        saga: z.exactOptional(Saga),
        resumptionVersion: z.exactOptional(Count),
      }),
    ),
    saga: z.exactOptional(Saga),
    taskToken: z.exactOptional(Text),
    stockOutcome: z.exactOptional(
      z.object({ status: z.enum(['committed', 'failed']), code: z.exactOptional(z.string()) }),
    ),
    version: Version,
    createdAt: Timestamp,
    updatedAt: Timestamp,
    correlationId: z.string(),
  }),
});

const PRODUCT = orderRecordKind<Product>({
  type: 'product',
  pk: PRODUCT_PREFIX,
  sk: 'PRODUCT',
  keyOf: ({ sku }) => productKey(sku),
  storageOnly: ['listedProduct'],
  schema: z.object({ sku: Sku, name: z.string(), unitPrice: Money }),
});

const PLACEMENT = orderRecordKind<Placement>({
  type: 'placement',
  pk: PLACEMENT_PREFIX,
  sk: 'PLACEMENT',
  keyOf: ({ operationId }) => placementKey(operationId),
  storageOnly: ['ttl'],
  schema: z.object({ operationId: Text, orderId: Id, fingerprint: Text }),
});

const Claim = z.object({
  units: z.int().check(z.minimum(1)),
  until: z.record(Text, EpochMilliseconds),
});

type StoredHolds = { readonly version: number };
/**
 * Record of a customer's holds. Its key contains the customer's id, so a finding shows a hash of
 * the key.
 */
const CUSTOMER_HOLDS = orderRecordKind<StoredHolds>({
  type: 'customerHolds',
  pk: CUSTOMER_PREFIX,
  sk: 'HOLDS',
  storageOnly: ['ttl'],
  maskKey: (key) => `${CUSTOMER_PREFIX}${deriveId(key)} HOLDS`,
  schema: z
    .looseObject({ version: Version, openHolds: Count, openUnits: Count })
    .check(
      z.refine((holds) =>
        claimEntriesOf(holds).every(([, claim]) => Claim.safeParse(claim).success),
      ),
    ),
});

const claimEntriesOf = (item: object): [string, unknown][] =>
  Object.entries(item).filter(([name]) => name.startsWith(CLAIM_PREFIX));

/** Every kind of record in the table. */
export const ORDER_RECORDS = [ORDER, PRODUCT, PLACEMENT, CUSTOMER_HOLDS] as const;

export { ORDER };
export const toOrder = ORDER.read;
export const toPlacement = PLACEMENT.read;

export function toProduct(item: Item): Product {
  const { sku, name, unitPrice } = PRODUCT.read(item);
  return { sku, name, unitPrice };
}

/**
 * Reads an item of the products' index, which contains only products and does not project their
 * type.
 */
export const toListedProduct = (item: Item): Product => toProduct({ ...item, type: PRODUCT.name });

export function toCustomerHolds(customerId: string, item: Item): CustomerHolds {
  const { version } = CUSTOMER_HOLDS.read(item);
  const holds = claimEntriesOf(item).map(([name, claim]) => ({
    orderId: name.slice(CLAIM_PREFIX.length),
    ...Claim.parse(claim),
  }));
  return { customerId, holds, version };
}

/** Returns the events of one change of the table. Only orders publish events. */
export const eventsOfItems = createEventDeriver(
  (item) => (item !== undefined && ORDER.matches(item) ? toOrder(item) : undefined),
  eventsOf,
);
