import type { Order } from '../../../lambdas/orders/domain/order.ts';
import type { placeOrder } from '../../../lambdas/orders/use-cases/checkout/place-order.ts';
import { NOON } from '../inventory.ts';
import { FakeInventory, FakeSagas } from './fake-order-clients.ts';
import {
  MemoryCustomerHoldStore,
  MemoryOrderStore,
  MemoryPlacementStore,
  MemoryProductStore,
} from './memory-order-stores.ts';
import { anOrder, aProduct, euros } from './orders.ts';

/** Creates the ports of the use cases that change one order, with that order stored. */
export const createOrderPorts = (
  order: Order = anOrder(),
  inventory: FakeInventory = new FakeInventory(),
) => ({
  orders: new MemoryOrderStore(order),
  customers: new MemoryCustomerHoldStore(),
  inventory,
  sagas: new FakeSagas(),
});

/** Creates the ports of `placeOrder`, with three products and no order. */
export const createPlacementPorts = (
  inventory: FakeInventory = new FakeInventory(),
  orders: MemoryOrderStore = new MemoryOrderStore(),
) => ({
  orders,
  inventory,
  customers: new MemoryCustomerHoldStore(),
  placements: new MemoryPlacementStore(),
  products: new MemoryProductStore(
    aProduct(),
    aProduct({ sku: 'cup', name: 'Cup', unitPrice: euros(1250) }),
    aProduct({ sku: 'sake', unitPrice: { amount: 900, currency: 'JPY' } }),
  ),
});

export type PlaceInput = Parameters<typeof placeOrder>[1];

export const placeInput = (overrides: Partial<PlaceInput> = {}): PlaceInput => ({
  orderId: 'ord-1',
  claimId: 'claim-1',
  operationId: 'op-1',
  customerId: 'alice',
  lines: [{ sku: 'tea', quantity: 2 }],
  fingerprint: 'print-1',
  holdSeconds: 600,
  caps: { holds: 100, units: 10_000 },
  provider: 'sandbox',
  correlationId: 'corr-0',
  now: NOON,
  ...overrides,
});

/** Returns the input of a repeated request: the same key and new random ids. */
export const repeatInput = (overrides: Partial<PlaceInput> = {}): PlaceInput =>
  placeInput({ orderId: 'ord-again', claimId: 'claim-again', ...overrides });

/** Returns order `ord-1` as it is stored. */
export const storedOrderOf = ({ orders }: { readonly orders: MemoryOrderStore }) =>
  orders.orders.get('ord-1');

/** Ends the function that calls a store or starts a saga. */
export const crash = (): never => {
  throw new Error('the function died');
};
