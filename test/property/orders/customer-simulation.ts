import { statusAt } from '../../../lambdas/inventory/domain/ledger/reservation.ts';
import { receiveStock } from '../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import type { Order } from '../../../lambdas/orders/domain/order.ts';
import { cancelOrder } from '../../../lambdas/orders/use-cases/checkout/cancel-order.ts';
import { payOrder } from '../../../lambdas/orders/use-cases/checkout/pay-order.ts';
import { placeOrder } from '../../../lambdas/orders/use-cases/checkout/place-order.ts';
import { RetryLaterError } from '../../../lambdas/shared/core/errors.ts';
import { fingerprintOf } from '../../../lambdas/shared/core/fingerprint.ts';
import type { Result } from '../../../lambdas/shared/core/result.ts';
import { NOON, seconds } from '../../support/inventory.ts';
import { MemoryStockStore } from '../../support/memory-stock-store.ts';
import { FakeSagaCallback, FakeSagas } from '../../support/orders/fake-order-clients.ts';
import {
  MemoryCustomerHoldStore,
  MemoryOrderStore,
  MemoryPlacementStore,
  MemoryProductStore,
} from '../../support/orders/memory-order-stores.ts';
import { aProduct } from '../../support/orders/orders.ts';
import type { SagaStep, Step } from './customer-steps.ts';
import { flushPromises, Interleaver } from './interleaver.ts';
import { inventoryOf } from './inventory-of-book.ts';
import { runSagaStep } from './saga-of-customer.ts';

export const CAPS = { holds: 3, units: 10 };
export const HOLD_SECONDS = 600;
const CUSTOMER = 'alice';
const SKU = 'tea';
/** Maximum duration of a request: the timeout of its function. */
const REQUEST_SECONDS_MAX = 10;

/**
 * Simulates one customer: the use cases of orders on stores in memory, and inventory's use cases on
 * the book in memory. Records the maximum of units and holds that inventory held at a time.
 */
export class CustomerSimulation {
  readonly book = new MemoryStockStore();
  readonly customers = new MemoryCustomerHoldStore();
  readonly orders = new MemoryOrderStore();
  readonly #placements = new MemoryPlacementStore();
  readonly #products = new MemoryProductStore(aProduct({ sku: SKU }));
  readonly #sagas = new FakeSagas();
  readonly #interleaver = new Interleaver();
  readonly #inventory = inventoryOf(this.book, () => this.now);
  readonly errors: unknown[] = [];
  now = NOON;
  #requests = 0;

  /** Maximum of units and holds that inventory held at a time, observed after each call. */
  maxUnits = 0;
  maxHolds = 0;

  async play(step: Step): Promise<void> {
    switch (step.kind) {
      case 'place':
        this.#startRequest((request) => this.place(`key-${step.key}`, step.quantity, request));
        break;
      case 'pay':
        this.#withOrder(step.order, ({ orderId }) =>
          this.#startRequest((request) => this.pay(orderId, `pay-${step.key}`, request)),
        );
        break;
      case 'cancel':
        this.#withOrder(step.order, ({ orderId }) =>
          this.#startRequest((request) => this.#cancel(orderId, `cancel-${step.key}`, request)),
        );
        break;
      case 'proceed':
        for (let call = 0; call < step.calls; call += 1) await this.#proceed(step.request);
        return;
      case 'crash':
        this.#interleaver.crash(step.request);
        return;
      case 'proceedAll':
        await this.proceedAll();
        return;
      case 'wait':
        if (step.seconds > REQUEST_SECONDS_MAX) this.#interleaver.crashAll();
        this.now += seconds(step.seconds);
        break;
      case 'receive':
        await this.receive(step.quantity);
        break;
      default:
        await this.#runSagaStep(step);
    }
    await flushPromises();
    this.recordHeld();
  }

  async proceedAll(): Promise<void> {
    while (!this.#interleaver.isIdle) await this.#proceed(0);
  }

  async receive(quantity: number): Promise<void> {
    this.#requests += 1;
    const operationId = `receipt-${this.#requests}`;
    const context = { now: this.now, by: 'staff', correlationId: 'corr' };
    const receipt = { operationId, fingerprint: operationId, sku: SKU, quantity, createSku: true };
    const { ok } = await receiveStock(this.book, { ...context, ...receipt });
    if (!ok) throw new Error('the receipt was rejected');
  }

  place(
    key: string,
    quantity: number,
    request = this.#nextRequest(),
  ): Promise<Result<Order, unknown>> {
    const lines = [{ sku: SKU, quantity }];
    return placeOrder(this.#interleavedPorts(request), {
      ...this.#command(key, lines, request),
      orderId: `ord-${request}`,
      lines,
      provider: 'sandbox',
    });
  }

  pay(
    orderId: string,
    key: string,
    request = this.#nextRequest(),
  ): Promise<Result<Order, unknown>> {
    return payOrder(this.#interleavedPorts(request), {
      ...this.#command(`${orderId}-${key}`, orderId, request),
      orderId,
      paymentMethod: 'pm_ok',
    });
  }

  /** Records what inventory holds for the customer now. */
  recordHeld(): void {
    const held = [...this.book.reservations.values()].filter(
      (reservation) => statusAt(reservation, this.now) === 'HELD',
    );
    const units = held
      .flatMap(({ lines }) => lines)
      .reduce((sum, { quantity }) => sum + quantity, 0);
    this.maxUnits = Math.max(this.maxUnits, units);
    this.maxHolds = Math.max(this.maxHolds, held.length);
  }

  #nextRequest(): number {
    this.#requests += 1;
    return this.#requests;
  }

  #command(key: string, body: unknown, request: number) {
    return {
      claimId: `claim-${request}`,
      operationId: key,
      fingerprint: fingerprintOf(body),
      customerId: CUSTOMER,
      holdSeconds: HOLD_SECONDS,
      caps: CAPS,
      correlationId: 'corr',
      now: this.now,
    };
  }

  #cancel(orderId: string, key: string, request: number) {
    return cancelOrder(this.#interleavedPorts(request), {
      ...this.#command(`${orderId}-${key}`, orderId, request),
      orderId,
      reason: 'cancelled by the customer',
    });
  }

  #startRequest(run: (request: number) => Promise<unknown>): void {
    run(this.#nextRequest()).catch((error: unknown) => {
      if (!(error instanceof RetryLaterError)) this.errors.push(error);
    });
  }

  #withOrder(choice: number, use: (order: Order) => void): void {
    const order = this.#orderAt(choice);
    if (order !== undefined) use(order);
  }

  #orderAt(choice: number): Order | undefined {
    const all = [...this.orders.orders.values()];
    return all[choice % Math.max(1, all.length)];
  }

  async #proceed(choice: number): Promise<void> {
    await this.#interleaver.proceed(choice);
    this.recordHeld();
  }

  /** Returns the ports of a request, whose calls are interleaved with those of other requests. */
  #interleavedPorts(request: number) {
    const interleave = <Port extends object>(port: Port): Port =>
      this.#interleaver.interleave(port, request);
    return {
      orders: interleave(this.orders),
      products: this.#products,
      placements: interleave(this.#placements),
      customers: interleave(this.customers),
      inventory: interleave(this.#inventory),
      sagas: this.#sagas,
    };
  }

  async #runSagaStep(step: SagaStep): Promise<void> {
    const order = this.#orderAt(step.order);
    if (order === undefined) return;
    const { orders, customers, book, now } = this;
    const inventory = this.#inventory;
    const sagas = this.#sagas;
    await runSagaStep(
      { orders, customers, inventory, sagas, callback: new FakeSagaCallback(), book },
      order,
      step,
      {
        nextClaimId: () => `claim-${this.#nextRequest()}`,
        caps: CAPS,
        holdSeconds: HOLD_SECONDS,
        now,
      },
    );
  }
}
