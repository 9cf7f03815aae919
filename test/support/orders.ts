import {
  type CustomerHolds,
  type HoldCaps,
  type HoldClaim,
  unitsOfHolds,
} from '../../lambdas/orders/domain/customer-holds.ts';
import type { Order, OrderPayment, Saga } from '../../lambdas/orders/domain/order.ts';
import {
  createOrder,
  type Placement,
  type Product,
} from '../../lambdas/orders/domain/place-order.ts';
import type {
  CustomerHoldStore,
  Hold,
  InventoryClient,
  OrderStore,
  PlacementStore,
  ProductStore,
  SagaCallback,
  SagaInput,
  Sagas,
} from '../../lambdas/orders/use-cases/ports.ts';
import type { Page } from '../../lambdas/shared/core/page.ts';
import { ok } from '../../lambdas/shared/core/result.ts';
import type { ReadRecords } from '../../lambdas/shared/core/unreadable-record.ts';
import { NOON } from './inventory.ts';

export const NOON_ISO = '2026-01-01T12:00:00.000Z';
/** Ten minutes after NOON. */
export const EXPIRES_AT = '2026-01-01T12:10:00.000Z';
export const EXPIRES_AT_INSTANT = Date.parse(EXPIRES_AT);

export const euros = (amount: number) => ({ amount, currency: 'EUR' });

export const aProduct = (overrides: Partial<Product> = {}): Product => ({
  sku: 'tea',
  name: 'Tea',
  unitPrice: euros(850),
  ...overrides,
});

export const anOrder = (overrides: Partial<Order> = {}): Order => ({
  ...createOrder(
    {
      orderId: 'ord-1',
      placementId: 'op-1',
      claimId: 'claim-1',
      customerId: 'alice',
      fingerprint: 'print-1',
      lines: [{ sku: 'tea', name: 'Tea', quantity: 2, unitPrice: euros(850) }],
      total: euros(1700),
      expiresAt: EXPIRES_AT,
      correlationId: 'corr-0',
    },
    NOON,
  ),
  ...overrides,
});

export const aPayment = (overrides: Partial<OrderPayment> = {}): OrderPayment => ({
  status: 'PENDING',
  attempt: 1,
  paymentMethod: 'pm_ok',
  ...overrides,
});

/** Returns an order in a status, after payment request `pay-1`. */
export const anOrderIn = (status: Order['status'], overrides: Partial<Order> = {}): Order => {
  const saga: Saga = { machine: 'process', name: 'ord-1-1' };
  return anOrder({
    status,
    payment: aPayment(),
    saga,
    requests: { 'pay-1': { fingerprint: 'print-pay', responseStatus: 'PAYING', saga } },
    timeline: [
      { at: NOON_ISO, status: 'PENDING_PAYMENT' },
      { at: NOON_ISO, status },
    ],
    version: 2,
    ...overrides,
  });
};

/**
 * Stores orders in memory under the table's rule: only the next version of a stored order can be
 * saved.
 */
export class MemoryOrderStore implements OrderStore {
  readonly orders = new Map<string, Order>();
  readonly saved: Order[] = [];
  /** Runs once before the next write: another request in between, or a crash if it throws. */
  beforeWrite: (() => unknown) | undefined;

  constructor(...orders: readonly Order[]) {
    for (const order of orders) this.orders.set(order.orderId, order);
  }

  async get(orderId: string): Promise<Order | undefined> {
    return this.orders.get(orderId);
  }

  async create(order: Order): Promise<Order | undefined> {
    await this.#runBeforeWrite();
    const existing = this.orders.get(order.orderId);
    if (existing === undefined) this.orders.set(order.orderId, order);
    return existing;
  }

  async save(order: Order): Promise<boolean> {
    await this.#runBeforeWrite();
    if (this.orders.get(order.orderId)?.version !== order.version - 1) return false;
    this.orders.set(order.orderId, order);
    this.saved.push(order);
    return true;
  }

  /** Placement ids of the erased orders. */
  readonly erasedPlacementIds: (string | undefined)[] = [];

  async erase(order: Order, placementId: string | undefined): Promise<boolean> {
    const isSaved = await this.save(order);
    if (isSaved) this.erasedPlacementIds.push(placementId);
    return isSaved;
  }

  async getAll(orderIds: readonly string[]): Promise<ReadRecords<Order>> {
    return { items: orderIds.flatMap((orderId) => this.orders.get(orderId) ?? []), unreadable: [] };
  }

  async list(customerId: string): Promise<Page<Order>> {
    return { items: [...this.orders.values()].filter((order) => order.customerId === customerId) };
  }

  async #runBeforeWrite(): Promise<void> {
    const interfere = this.beforeWrite;
    this.beforeWrite = undefined;
    await interfere?.();
  }
}

type StoredHolds = CustomerHolds & { readonly openHolds: number; readonly openUnits: number };

/**
 * Stores claims in memory under the table's rules: counters are stored, and each write changes them
 * by a delta.
 */
export class MemoryCustomerHoldStore implements CustomerHoldStore {
  readonly claims = new Map<string, StoredHolds>();

  async claim(
    customerId: string,
    { orderId, units, claimId, until }: HoldClaim,
    caps: HoldCaps,
  ): Promise<CustomerHolds | undefined> {
    const none = { customerId, holds: [], version: until, openHolds: 0, openUnits: 0 };
    const before = this.claims.get(customerId) ?? none;
    const isKnown = before.holds.some((hold) => hold.orderId === orderId);
    const isFull = before.openHolds >= caps.holds || before.openUnits > caps.units - units;
    if (isKnown || (isFull && before !== none)) return before;
    this.#write(before, {
      holds: [...before.holds, { orderId, units, until: { [claimId]: until } }],
      openHolds: before.openHolds + 1,
      openUnits: before.openUnits + units,
    });
    return undefined;
  }

  async join(customerId: string, { orderId, claimId, until }: HoldClaim): Promise<boolean> {
    const before = this.claims.get(customerId);
    const known = before?.holds.find((hold) => hold.orderId === orderId);
    if (before === undefined || known === undefined) return false;
    const joined = { ...known, until: { ...known.until, [claimId]: until } };
    this.#write(before, { holds: before.holds.map((hold) => (hold === known ? joined : hold)) });
    return true;
  }

  async replace({ customerId, holds, version }: CustomerHolds): Promise<void> {
    const before = this.claims.get(customerId);
    if (before?.version !== version) return;
    this.#write(before, { holds, openHolds: holds.length, openUnits: unitsOfHolds(holds) });
  }

  async dropClaim(
    customerId: string,
    { orderId, claimId }: Pick<HoldClaim, 'orderId' | 'claimId'>,
  ): Promise<void> {
    const before = this.claims.get(customerId);
    const known = before?.holds.find((hold) => hold.orderId === orderId);
    if (before === undefined || known?.until[claimId] === undefined) return;
    const { [claimId]: _own, ...others } = known.until;
    if (Object.keys(others).length === 0) return this.dropOrder(customerId, orderId);
    const left = { ...known, until: others };
    this.#write(before, { holds: before.holds.map((hold) => (hold === known ? left : hold)) });
  }

  async dropOrder(customerId: string, orderId: string): Promise<void> {
    const before = this.claims.get(customerId);
    const known = before?.holds.find((hold) => hold.orderId === orderId);
    if (before === undefined || known === undefined) return;
    this.#write(before, {
      holds: before.holds.filter((hold) => hold !== known),
      openHolds: before.openHolds - 1,
      openUnits: before.openUnits - known.units,
    });
  }

  async get(customerId: string): Promise<CustomerHolds | undefined> {
    return this.claims.get(customerId);
  }

  async delete({ customerId, version }: CustomerHolds): Promise<void> {
    if (this.claims.get(customerId)?.version === version) this.claims.delete(customerId);
  }

  #write(before: StoredHolds, change: Partial<StoredHolds>): void {
    this.claims.set(before.customerId, { ...before, ...change, version: before.version + 1 });
  }
}

export class MemoryPlacementStore implements PlacementStore {
  readonly placements = new Map<string, Placement>();

  async getOrCreate(placement: Placement): Promise<Placement> {
    const before = this.placements.get(placement.operationId);
    if (before === undefined) this.placements.set(placement.operationId, placement);
    return before ?? placement;
  }
}

export class MemoryProductStore implements ProductStore {
  readonly products = new Map<string, Product>();

  constructor(...products: readonly Product[]) {
    for (const product of products) this.products.set(product.sku, product);
  }

  async put(product: Product): Promise<void> {
    this.products.set(product.sku, product);
  }

  async getAll(skus: readonly string[]): Promise<readonly Product[]> {
    return skus.flatMap((sku) => this.products.get(sku) ?? []);
  }

  async list(): Promise<Page<Product>> {
    return { items: [...this.products.values()] };
  }
}

type InventoryRequests = {
  readonly [Name in keyof InventoryClient]: Parameters<InventoryClient[Name]>[0][];
};
type InventoryResponses = {
  [Name in keyof InventoryClient]: () => ReturnType<InventoryClient[Name]>;
};

export const aHold = (overrides: Partial<Hold> = {}): Hold => ({
  status: 'HELD',
  expiresAt: EXPIRES_AT,
  ...overrides,
});

/**
 * Fake inventory client: grants every request unless a response is set, and records the requests.
 */
export class FakeInventory implements InventoryClient {
  readonly requests: InventoryRequests = { reserve: [], extend: [], release: [] };
  readonly responses: InventoryResponses = {
    reserve: async () => ok(aHold()),
    extend: async () => ok(aHold({ expiresAt: '2026-01-01T12:25:00.000Z' })),
    release: async () => ok(undefined),
  };

  constructor(responses: Partial<InventoryResponses> = {}) {
    Object.assign(this.responses, responses);
  }

  reserve(request: Parameters<InventoryClient['reserve']>[0]) {
    this.requests.reserve.push(request);
    return this.responses.reserve();
  }

  extend(request: Parameters<InventoryClient['extend']>[0]) {
    this.requests.extend.push(request);
    return this.responses.extend();
  }

  release(request: Parameters<InventoryClient['release']>[0]) {
    this.requests.release.push(request);
    return this.responses.release();
  }
}

/** Records every start. Starts with the same name count as one execution. */
export class FakeSagas implements Sagas {
  readonly starts: { readonly saga: Saga; readonly input: SagaInput }[] = [];
  /** Runs once before the next start. It throws for a crash. */
  beforeStart: (() => unknown) | undefined;

  async start(saga: Saga, input: SagaInput): Promise<void> {
    const interfere = this.beforeStart;
    this.beforeStart = undefined;
    await interfere?.();
    this.starts.push({ saga, input });
  }

  get executions(): string[] {
    return [...new Set(this.starts.map(({ saga }) => saga.name))];
  }
}

export class FakeSagaCallback implements SagaCallback {
  readonly reports: string[] = [];

  async reportStockCommitted(taskToken: string): Promise<void> {
    this.reports.push(`${taskToken}: committed`);
  }

  async reportStockCommitFailed(taskToken: string, code: string): Promise<void> {
    this.reports.push(`${taskToken}: failed, ${code}`);
  }
}
