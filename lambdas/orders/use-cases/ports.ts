import type { SagaExecutionStatus } from '../../contracts/api/audit.ts';
import type { Shortage } from '../../contracts/api/reservations.ts';
import type { NextAction } from '../../contracts/payment-commands.ts';
import type { Money } from '../../contracts/primitives.ts';
import type { Instant } from '../../shared/core/instant.ts';
import type { Page, PageRequest } from '../../shared/core/page.ts';
import type { Result } from '../../shared/core/result.ts';
import type { ReadRecords, ReadRecordsPage } from '../../shared/core/unreadable-record.ts';
import type { CustomerHolds, HoldCaps, HoldClaim } from '../domain/customer-holds.ts';
import type { Order, Saga } from '../domain/order.ts';
import type { Placement, Product } from '../domain/place-order.ts';

/** Segment of a scan, from the end of the last page. */
export type ScanSegment = {
  readonly segment: number;
  readonly segments: number;
  readonly cursor?: string | undefined;
};

export interface OrderStore {
  /** Reads an order, strongly consistent. */
  get(orderId: string): Promise<Order | undefined>;
  /** Creates an order. Returns undefined, or the order that exists already. */
  create(order: Order): Promise<Order | undefined>;
  /** Writes the next version. Returns false when the stored order is not at the version before. */
  save(order: Order): Promise<boolean>;
  /**
   * Saves an erased order and deletes its placement in one transaction. Returns false as `save`
   * does.
   */
  erase(order: Order, placementId: string | undefined): Promise<boolean>;
  /** Returns a page of the customer's orders, newest first. */
  list(customerId: string, page: PageRequest): Promise<Page<Order>>;
}

/** Queues of orders that wait for staff. */
export type OrderQueue = 'toShip' | 'attention';
export interface OrderQueues {
  /** Returns a page of a queue, longest waiting first. Eventually consistent. */
  listQueue(queue: OrderQueue, page: PageRequest): Promise<Page<Order>>;
}

/** Reservation of an order, as inventory stores it. */
export type OrderReservation = {
  readonly status: string;
  readonly expiresAt: string | null;
  readonly lines: readonly {
    readonly sku: string;
    readonly quantity: number;
    readonly locationId: string;
  }[];
};
export interface ReservationReader {
  find(request: ServiceRequest): Promise<OrderReservation | undefined>;
}

/** Payment attempt, as payments stores it. */
export type PaymentAttempt = {
  readonly attempt: number;
  readonly status: string;
  readonly amount: Money;
  readonly capturedAmount: Money;
  readonly refundedAmount: Money;
  readonly updatedAt: string;
};
export interface PaymentsClient {
  /** Returns the existing payments among the first `attempts` attempts of an order. */
  listAttempts(
    request: ServiceRequest & { readonly attempts: number },
  ): Promise<readonly PaymentAttempt[]>;
  /** Returns the action that an attempt requires of the customer, or undefined. */
  getRequiredAction(
    request: ServiceRequest & { readonly attempt: number },
  ): Promise<NextAction | undefined>;
}

/** Port for audits of orders. */
export interface OrderReader {
  /** Returns the existing orders and the unreadable ones, strongly consistent. */
  getAll(orderIds: readonly string[]): Promise<ReadRecords<Order>>;
  /** Returns a page of all records, unordered. A page may be empty and not be the last. */
  scanSegment(part: ScanSegment): Promise<ReadRecordsPage<Order>>;
}

/** Claims of holds per customer. Each method is idempotent. */
export interface CustomerHoldStore {
  /**
   * Claims room. Returns undefined, or the stored claims when there is no room or the order is
   * already claimed.
   */
  claim(customerId: string, claim: HoldClaim, caps: HoldCaps): Promise<CustomerHolds | undefined>;
  /**
   * Adds a request to the claim of its order. Returns false when the order is no longer claimed.
   */
  join(customerId: string, claim: HoldClaim): Promise<boolean>;
  /** Writes the open claims, unless another request changed the record. */
  replace(holds: CustomerHolds, now: Instant): Promise<void>;
  /** Removes one request from its order's claim. The last request frees the claimed units. */
  dropClaim(customerId: string, claim: Pick<HoldClaim, 'orderId' | 'claimId'>): Promise<void>;
  /** Frees an order's claimed units after inventory has released the order permanently. */
  dropOrder(customerId: string, orderId: string): Promise<void>;
  get(customerId: string): Promise<CustomerHolds | undefined>;
  /** Deletes the record, unless another request changed it. */
  delete(holds: CustomerHolds): Promise<void>;
}

/** Order id per placement request, by the request's operation id. */
export interface PlacementStore {
  /** Returns the stored placement of the operation id: the given one, or an earlier one. */
  getOrCreate(placement: Placement, now: Instant): Promise<Placement>;
}

export interface ProductStore {
  put(product: Product): Promise<void>;
  /** Returns the known products of the SKUs, strongly consistent. */
  getAll(skus: readonly string[]): Promise<readonly Product[]>;
  list(page: PageRequest): Promise<Page<Product>>;
}

export type Hold = {
  readonly status: string;
  readonly expiresAt: string;
  /** Locations at which the units are held. */
  readonly lines: OrderReservation['lines'];
};
export type HoldError =
  | { readonly kind: 'insufficientStock'; readonly shortages: readonly Shortage[] }
  /** Error: the units are in more than `cellsMax` cells. Inventory consolidates them. */
  | { readonly kind: 'stockTooFragmented'; readonly cellsNeeded: number; readonly cellsMax: number }
  | { readonly kind: 'unknownSku'; readonly skus: readonly string[] }
  | { readonly kind: 'keyReused' }
  | { readonly kind: 'notAPickupLocation'; readonly locationIds: readonly string[] }
  | { readonly kind: 'reservationExpired' };

type ServiceRequest = { readonly orderId: string; readonly correlationId: string };

/**
 * Client of the inventory service. Each call is idempotent. Throws RetryLaterError when the outcome
 * is unknown.
 */
export interface InventoryClient {
  reserve(
    request: ServiceRequest & {
      readonly lines: readonly { sku: string; quantity: number }[];
      readonly holdSeconds: number;
      /** Location at which the customer collects the units. */
      readonly pickupAt?: string | undefined;
    },
  ): Promise<Result<Hold, HoldError>>;
  extend(
    request: ServiceRequest & { readonly holdSeconds: number; readonly key: string },
  ): Promise<Result<Hold, { readonly kind: 'reservationExpired' }>>;
  release(
    request: ServiceRequest,
  ): Promise<Result<undefined, { readonly kind: 'alreadyFulfilled' }>>;
}

export type SagaInput = {
  readonly orderId: string;
  readonly attempt: number;
  readonly correlationId: string;
  readonly total: Money;
  readonly paymentMethod: string;
};

export interface Sagas {
  /** Starts a saga. A second start does nothing, whether the execution runs or has ended. */
  start(saga: Saga, input: SagaInput): Promise<void>;
}

export interface SagaReader {
  /** Returns the status of a saga's execution. */
  executionStatus(saga: Saga): Promise<SagaExecutionStatus>;
}

export interface SagaCallback {
  /** Resumes the waiting saga. Logs a token that timed out or was used before. */
  reportStockCommitted(taskToken: string): Promise<void>;
  reportStockCommitFailed(taskToken: string, code: string): Promise<void>;
}
