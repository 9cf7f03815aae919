import { statusAt } from '../../../lambdas/inventory/domain/ledger/reservation.ts';
import {
  commitReservation,
  extendReservation,
  releaseReservation,
} from '../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { reserveStock } from '../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { receiveStock } from '../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import type { Order } from '../../../lambdas/orders/domain/order.ts';
import { cancelOrder } from '../../../lambdas/orders/use-cases/checkout/cancel-order.ts';
import { payOrder } from '../../../lambdas/orders/use-cases/checkout/pay-order.ts';
import { placeOrder } from '../../../lambdas/orders/use-cases/checkout/place-order.ts';
import type { InventoryClient } from '../../../lambdas/orders/use-cases/ports.ts';
import {
  awaitAction,
  continueAfterAction,
} from '../../../lambdas/orders/use-cases/saga/payment-events.ts';
import {
  beginCancellation,
  completeOrder,
  concludeCancellation,
  confirmOrder,
  recordStockOutcome,
  rejectPayment,
} from '../../../lambdas/orders/use-cases/saga/saga-steps.ts';
import { RetryLaterError } from '../../../lambdas/shared/core/errors.ts';
import { fingerprintOf } from '../../../lambdas/shared/core/fingerprint.ts';
import { epochSecondsToIso } from '../../../lambdas/shared/core/instant.ts';
import { err, ok, type Result } from '../../../lambdas/shared/core/result.ts';
import { BUCKET_SECONDS, NOON, seconds } from '../../support/inventory.ts';
import { MemoryStockStore } from '../../support/memory-stock-store.ts';
import { FakeSagaCallback, FakeSagas } from '../../support/orders/fake-order-clients.ts';
import {
  MemoryCustomerHoldStore,
  MemoryOrderStore,
  MemoryPlacementStore,
  MemoryProductStore,
} from '../../support/orders/memory-order-stores.ts';
import { aProduct } from '../../support/orders/orders.ts';

export const CAPS = { holds: 3, units: 10 };
export const HOLD_SECONDS = 600;
const CUSTOMER = 'alice';
const SKU = 'tea';
/** No request lives longer than its function may run. */
const REQUEST_SECONDS_MAX = 10;

/** Step of a customer's history. `order` and `request` are indexes into the existing ones. */
export type Step =
  | { readonly kind: 'place'; readonly key: number; readonly quantity: number }
  | { readonly kind: 'pay' | 'cancel'; readonly order: number; readonly key: number }
  /** A request goes on until its next call of a store or of inventory has returned. */
  | { readonly kind: 'proceed'; readonly request: number; readonly calls: number }
  | { readonly kind: 'crash'; readonly request: number }
  | { readonly kind: 'proceedAll' }
  | {
      readonly kind: 'decline' | 'requireAction' | 'actionDone' | 'confirm' | 'commit' | 'complete';
      readonly order: number;
    }
  | {
      readonly kind: 'compensate';
      readonly order: number;
      readonly isReleased: boolean;
      readonly isDone: boolean;
    }
  | { readonly kind: 'receive'; readonly quantity: number }
  | { readonly kind: 'wait'; readonly seconds: number };

type PendingCall = { readonly request: number; readonly proceed: () => void };
const flushPromises = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Simulates one customer: the use cases of orders on stores in memory, and inventory's use cases on
 * the book in memory. Records the most units and holds that inventory ever held at a time.
 */
export class CustomerSimulation {
  readonly book = new MemoryStockStore();
  readonly customers = new MemoryCustomerHoldStore();
  readonly orders = new MemoryOrderStore();
  readonly #placements = new MemoryPlacementStore();
  readonly #products = new MemoryProductStore(aProduct({ sku: SKU }));
  readonly #sagas = new FakeSagas();
  readonly #pending: PendingCall[] = [];
  readonly #crashed = new Set<number>();
  readonly errors: unknown[] = [];
  now = NOON;
  #requests = 0;

  /** The most units and holds that inventory really held at a time, seen after every call. */
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
        this.#crash(step.request);
        return;
      case 'proceedAll':
        await this.proceedAll();
        return;
      case 'wait':
        if (step.seconds > REQUEST_SECONDS_MAX)
          for (const { request } of [...this.#pending]) this.#abandon(request);
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
    while (this.#pending.length > 0) await this.#proceed(0);
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

  /** Records what inventory really holds for the customer just now. */
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
    const [call] = this.#pending.splice(choice % Math.max(1, this.#pending.length), 1);
    call?.proceed();
    await flushPromises();
    this.recordHeld();
  }

  #crash(choice: number): void {
    const call = this.#pending[choice % Math.max(1, this.#pending.length)];
    if (call !== undefined) this.#abandon(call.request);
  }

  /** The request never goes on: what it waits for never returns. */
  #abandon(request: number): void {
    this.#crashed.add(request);
    for (const call of this.#pending.filter((one) => one.request === request))
      this.#pending.splice(this.#pending.indexOf(call), 1);
  }

  /** Returns the ports of a saga's step, which runs without interleaving. */
  #immediatePorts() {
    return {
      orders: this.orders,
      customers: this.customers,
      inventory: this.#inventory(),
      sagas: this.#sagas,
    };
  }

  /**
   * Returns the ports of a request: each call waits for its turn before it starts and before it
   * returns.
   */
  #interleavedPorts(request: number) {
    const turn = (): Promise<void> =>
      new Promise((resolve) => {
        if (!this.#crashed.has(request)) this.#pending.push({ request, proceed: resolve });
      });
    const slowly = <Port extends object>(port: Port): Port =>
      new Proxy(port, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== 'function') return value;
          return async (...given: unknown[]) => {
            await turn();
            const result: unknown = await Reflect.apply(value, target, given);
            await turn();
            return result;
          };
        },
      });
    return {
      orders: slowly(this.orders),
      products: this.#products,
      placements: slowly(this.#placements),
      customers: slowly(this.customers),
      inventory: slowly(this.#inventory()),
      sagas: this.#sagas,
    };
  }

  /** Inventory as its routes are: its own use cases, at the time of the call. */
  #inventory(): InventoryClient {
    const contextNow = () => ({
      now: this.now,
      by: 'orders',
      correlationId: 'corr',
      bucketSeconds: BUCKET_SECONDS,
    });
    const holdOf = (heldUntil: number | undefined, status: string) => ({
      status,
      expiresAt: heldUntil === undefined ? '' : epochSecondsToIso(heldUntil),
    });
    return {
      reserve: async ({ orderId, lines, holdSeconds }) => {
        const fingerprint = fingerprintOf({ lines, holdSeconds });
        const command = {
          ...contextNow(),
          reservationId: orderId,
          orderId,
          lines,
          holdSeconds,
          fingerprint,
        };
        const result = await reserveStock(this.book, command);
        if (result.ok) {
          const { reservation } = result.value;
          return ok(holdOf(reservation.heldUntil, statusAt(reservation, this.now)));
        }
        const { error } = result;
        return err(
          error.kind === 'alreadyReleased' ? { kind: 'reservationExpired' as const } : error,
        );
      },
      extend: async ({ orderId, holdSeconds, key }) => {
        const command = { ...contextNow(), reservationId: orderId, holdSeconds };
        const request = { operationId: key, fingerprint: String(holdSeconds) };
        const result = await extendReservation(this.book, { ...command, ...request });
        if (!result.ok) return err({ kind: 'reservationExpired' });
        return ok(holdOf(result.value.heldUntil, statusAt(result.value, this.now)));
      },
      release: async ({ orderId }) => {
        const result = await releaseReservation(this.book, {
          ...contextNow(),
          reservationId: orderId,
        });
        return result.ok ? ok(undefined) : err({ kind: 'alreadyFulfilled' });
      },
    };
  }

  /** A step of an order's saga, or of what its events start; whether the order is at it or not. */
  async #runSagaStep(step: Extract<Step, { readonly order: number }>): Promise<void> {
    const order = this.#orderAt(step.order);
    if (order === undefined) return;
    const { orderId } = order;
    const { now, orders } = this;
    const ports = { orders, callback: new FakeSagaCallback() };
    const at = { orderId, attempt: order.payment?.attempt ?? 0, now };
    switch (step.kind) {
      case 'decline':
        await rejectPayment(ports, { ...at, code: 'declined' });
        return;
      case 'requireAction': {
        const claiming = {
          claimId: `claim-${this.#nextRequest()}`,
          caps: CAPS,
          correlationId: 'corr',
        };
        await awaitAction(this.#immediatePorts(), { ...at, ...claiming });
        return;
      }
      case 'actionDone': {
        const claiming = {
          claimId: `claim-${this.#nextRequest()}`,
          caps: CAPS,
          correlationId: 'corr',
        };
        await continueAfterAction(this.#immediatePorts(), {
          ...at,
          ...claiming,
          holdSeconds: HOLD_SECONDS,
        });
        return;
      }
      case 'confirm':
        await confirmOrder(ports, { ...at, taskToken: 'token' });
        return;
      case 'commit': {
        if (order.status !== 'CONFIRMED') return;
        const context = { now, by: 'orders', correlationId: 'corr' };
        const lines = order.lines.map(({ sku, quantity }) => ({ sku, quantity }));
        const command = { ...context, reservationId: orderId, orderId, lines };
        const result = await commitReservation(this.book, command);
        const isCommitted = result.ok && result.value.status === 'COMMITTED';
        await recordStockOutcome(
          ports,
          { orderId, status: isCommitted ? 'committed' : 'failed' },
          now,
        );
        return;
      }
      case 'complete':
        if (order.status === 'CONFIRMED' && order.stockOutcome !== undefined)
          await completeOrder(ports, at);
        return;
      case 'compensate':
        await beginCancellation(ports, { ...at, reason: 'it failed' });
        if (!step.isReleased || orders.orders.get(orderId)?.status !== 'CANCELLING') return;
        await this.#inventory().release({ orderId, correlationId: 'corr' });
        if (step.isDone) await concludeCancellation(ports, { ...at, reversal: 'VOIDED' });
    }
  }
}
