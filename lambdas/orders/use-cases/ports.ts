import type { SagaExecutionStatus } from '../../contracts/audit-api.ts';
import type { Shortage } from '../../contracts/inventory-api.ts';
import type { NextAction } from '../../contracts/payment-commands.ts';
import type { Money } from '../../contracts/primitives.ts';
import type { Instant } from '../../shared/core/instant.ts';
import type { Page, PageRequest } from '../../shared/core/page.ts';
import type { Result } from '../../shared/core/result.ts';
import type { ReadRecords, ReadRecordsPage } from '../../shared/core/unreadable-record.ts';
import type { CustomerHolds, HoldCaps, HoldClaim } from '../domain/customer-holds.ts';
import type { Order, Saga } from '../domain/order.ts';
import type { Placement, Product } from '../domain/place-order.ts';

/** One of so many parts of a walk, from where the last page ended. */
export type ScanSegment = {
  readonly segment: number;
  readonly segments: number;
  readonly cursor?: string | undefined;
};

export interface OrderStore {
  /** Strongly consistent. */
  get(orderId: string): Promise<Order | undefined>;
  /** Undefined when it was created; the order that was there before, if there was one. */
  create(order: Order): Promise<Order | undefined>;
  /** False when the stored order is no longer at the version before this one's. */
  save(order: Order): Promise<boolean>;
  /** Saves an erased order and deletes its placement, in one change. False as for `save`. */
  erase(order: Order, placementId: string | undefined): Promise<boolean>;
  /** The customer's own, newest first. */
  list(customerId: string, page: PageRequest): Promise<Page<Order>>;
}

/** Orders that wait for staff. */
export type OrderQueue = 'toShip' | 'attention';
export interface OrderQueues {
  /** Returns a page of a queue, the order that waits longest first. Eventually consistent. */
  listQueue(queue: OrderQueue, page: PageRequest): Promise<Page<Order>>;
}

/** What inventory has of an order. */
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

/** What payments has of one attempt. */
export type PaymentAttempt = {
  readonly attempt: number;
  readonly status: string;
  readonly amount: Money;
  readonly capturedAmount: Money;
  readonly refundedAmount: Money;
  readonly updatedAt: string;
};
export interface PaymentsClient {
  /** Returns the first `attempts` attempts of an order, those that there are. */
  listAttempts(
    request: ServiceRequest & { readonly attempts: number },
  ): Promise<readonly PaymentAttempt[]>;
  /** Returns what the customer has to do for an attempt; undefined where nothing is required. */
  getRequiredAction(
    request: ServiceRequest & { readonly attempt: number },
  ): Promise<NextAction | undefined>;
}

/** The orders as an auditor reads them. */
export interface OrderReader {
  /** Those of the orders that there are, and those that cannot be read; strongly consistent. */
  getAll(orderIds: readonly string[]): Promise<ReadRecords<Order>>;
  /** A page of a walk over all records, in no order; it may be without orders and still not the last. */
  scanSegment(part: ScanSegment): Promise<ReadRecordsPage<Order>>;
}

/** What may be held for each customer. Each method may be repeated with the same effect. */
export interface CustomerHoldStore {
  /** Returns undefined when it was claimed, else what there is: there is no room, or the order is claimed already. */
  claim(customerId: string, claim: HoldClaim, caps: HoldCaps): Promise<CustomerHolds | undefined>;
  /** Adds a request to the claim of its order. Returns false when the order is not claimed any more. */
  join(customerId: string, claim: HoldClaim): Promise<boolean>;
  /** Writes what still counts, unless another request changed the record since it was read. */
  replace(holds: CustomerHolds, now: Instant): Promise<void>;
  /** Takes one request out of its order's claim; with the last request, the stored units are given back. */
  dropClaim(customerId: string, claim: Pick<HoldClaim, 'orderId' | 'claimId'>): Promise<void>;
  /** Gives an order's stored units back: inventory has released it, and holds nothing for it again. */
  dropOrder(customerId: string, orderId: string): Promise<void>;
  get(customerId: string): Promise<CustomerHolds | undefined>;
  /** Removes the record, unless another request changed it since it was read. */
  delete(holds: CustomerHolds): Promise<void>;
}

/** Which order each request to place one led to, by the request's operation id. */
export interface PlacementStore {
  /** Returns the placement that is stored under the operation id: the one given, or an earlier one. */
  getOrCreate(placement: Placement, now: Instant): Promise<Placement>;
}

export interface ProductStore {
  put(product: Product): Promise<void>;
  /** Those of the skus that are known; strongly consistent. */
  getAll(skus: readonly string[]): Promise<readonly Product[]>;
  list(page: PageRequest): Promise<Page<Product>>;
}

export type Hold = { readonly status: string; readonly expiresAt: string };
export type HoldError =
  | { readonly kind: 'insufficientStock'; readonly shortages: readonly Shortage[] }
  /** The units lie in so many cellsNeeded of at most `cellsMax`; inventory brings them together. */
  | { readonly kind: 'stockTooFragmented'; readonly cellsNeeded: number; readonly cellsMax: number }
  | { readonly kind: 'unknownSku'; readonly skus: readonly string[] }
  | { readonly kind: 'keyReused' }
  | { readonly kind: 'reservationExpired' };

type ServiceRequest = { readonly orderId: string; readonly correlationId: string };

/** The inventory service. Each call may be repeated; one whose outcome is unknown throws RetryLater. */
export interface InventoryClient {
  reserve(
    request: ServiceRequest & {
      readonly lines: readonly { sku: string; quantity: number }[];
      readonly holdSeconds: number;
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
  /** A second start of a saga is the first one, whether it still runs or has ended. */
  start(saga: Saga, input: SagaInput): Promise<void>;
}

export interface SagaReader {
  /** What has become of a saga. */
  executionStatus(saga: Saga): Promise<SagaExecutionStatus>;
}

export interface SagaCallback {
  /** A token that is no longer waited for (timed out, answered before) is recorded, not raised. */
  reportStockCommitted(taskToken: string): Promise<void>;
  reportStockCommitFailed(taskToken: string, code: string): Promise<void>;
}
