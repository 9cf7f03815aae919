import {
  type CustomerHolds,
  type HoldCaps,
  type HoldClaim,
  unitsOfHolds,
} from '../../../lambdas/orders/domain/customer-holds.ts';
import type { Order } from '../../../lambdas/orders/domain/order.ts';
import type { Placement, Product } from '../../../lambdas/orders/domain/place-order.ts';
import type {
  CustomerHoldStore,
  OrderStore,
  PlacementStore,
  ProductStore,
} from '../../../lambdas/orders/use-cases/ports.ts';
import type { Page } from '../../../lambdas/shared/core/page.ts';
import type { ReadRecords } from '../../../lambdas/shared/core/unreadable-record.ts';

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
