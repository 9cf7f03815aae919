import type * as z from 'zod/mini';
import {
  AdjustStockRequest,
  extendReservationRequest,
  HOLD_SECONDS_DEFAULT,
  MovementView,
  PatchStockRequest,
  PutStockRequest,
  ReceiveStockRequest,
  ReservationView,
  reserveStockRequest,
  StockSettingsView,
  StockView,
} from '../../../lambdas/contracts/inventory-api.ts';
import {
  CancelStaffOrderRequest,
  EraseCustomerRequest,
  ErasureView,
  OrderDetailView,
  OrderStatusView,
  OrderView,
  PayOrderRequest,
  PlacedOrderView,
  PlaceOrderRequest,
  ProductView,
  PutProductRequest,
  StaffOrderDetailView,
  StaffOrderView,
} from '../../../lambdas/contracts/orders-api.ts';
import { RequiredActionView } from '../../../lambdas/contracts/payments-api.ts';

/** The shortest hold with the default slot of 60 seconds. */
const HOLD_SECONDS_MIN = 60;

export type Access =
  | 'stock.read'
  | 'stock.write'
  | 'orders'
  | 'orders.manage'
  | 'operations'
  | 'service'
  | 'public';

export type DocumentedRoute = {
  /** `<METHOD> <path>`. */
  readonly route: string;
  readonly summary: string;
  /** What a caller must know beyond the summary. */
  readonly description?: string;
  readonly access: Access;
  readonly body?: z.ZodMiniType;
  /** The answers by status; a list is `{ items, cursor? }` of its schema. */
  readonly answers: Readonly<
    Record<number, { readonly description: string; readonly schema?: z.ZodMiniType }>
  >;
  readonly isList?: boolean;
  /** Other parameters of the query, with what they say. */
  readonly query?: Readonly<Record<string, string>>;
  /** The codes of the problems that are this route's own, by status. */
  readonly problems?: Readonly<Record<number, readonly string[]>>;
};

const SKU_TOO_LARGE = ['TOO_MANY_LOCATIONS', 'TOO_MANY_CELLS'];
const STOCK = '/stock/{sku}';
const RESERVATION = '/reservations/{reservationId}';
const ORDER = '/orders/{orderId}';

const SUM_OF_CELLS =
  'The units of a SKU may be spread over several cells (`shardCount`, locations). Each cell is read strongly consistently, and includes every change that was acknowledged before the request. ' +
  'The cells are read one after another within the request. While units only move between cells, their sum is exact. ' +
  'While units come in, go out, or change their account, the sum may combine the cells of several moments of the request: it includes each concurrent change in a cell or does not include it, independently of the other cells. ' +
  'A SKU of one cell is read at one moment.';
const RETRY_WHILE_MOVING =
  'When units move between the cells during every attempt, the response is 503 RETRY_LATER with `Retry-After`.';

const HOLD_REJECTIONS =
  'INSUFFICIENT_STOCK rests on a strongly consistent read of every cell. In a rush, it may be up to 1 s old: ' +
  'an instance of the function that rejected 20 requests for a SKU within a second rejects further ones by what it read last. ' +
  'STOCK_TOO_FRAGMENTED: the units are there, but the request needs more than `cellsMax` cells (`cellsNeeded`). ' +
  'They are being brought together: retry the same request after `Retry-After`.';

export const ROUTES: readonly DocumentedRoute[] = [
  {
    route: 'GET /health',
    summary: 'Says that the API answers',
    access: 'public',
    answers: { 200: { description: '`{ "status": "ok", "version": … }`' } },
  },
  {
    route: `PUT ${STOCK}`,
    summary: 'Replace the settings of a sku, or make the sku',
    access: 'stock.write',
    body: PutStockRequest,
    answers: {
      200: { description: 'Replaced', schema: StockSettingsView },
      201: { description: 'Made', schema: StockSettingsView },
    },
    problems: { 409: ['TOO_MANY_CELLS'] },
  },
  {
    route: `PATCH ${STOCK}`,
    summary: 'Change the settings that the body names; null clears one',
    access: 'stock.write',
    body: PatchStockRequest,
    answers: { 200: { description: 'The settings after the change', schema: StockSettingsView } },
    problems: { 404: ['UNKNOWN_SKU'], 409: ['TOO_MANY_CELLS'] },
  },
  {
    route: `POST ${STOCK}/receipts`,
    summary: 'Goods in',
    access: 'stock.write',
    body: ReceiveStockRequest,
    answers: { 201: { description: 'Received: the movement', schema: MovementView } },
    problems: { 404: ['UNKNOWN_SKU'], 409: SKU_TOO_LARGE },
  },
  {
    route: `POST ${STOCK}/adjustments`,
    summary: 'Correct a count, with a reason',
    access: 'stock.write',
    body: AdjustStockRequest,
    answers: { 201: { description: 'Adjusted: the movement', schema: MovementView } },
    problems: { 404: ['UNKNOWN_SKU'], 409: ['INSUFFICIENT_STOCK', ...SKU_TOO_LARGE] },
  },
  {
    route: `GET ${STOCK}`,
    summary: 'The stock of a sku as of now, strongly consistent',
    description: `${SUM_OF_CELLS} ${RETRY_WHILE_MOVING}`,
    access: 'stock.read',
    answers: { 200: { description: 'The stock', schema: StockView } },
    problems: { 404: ['NOT_FOUND'] },
  },
  {
    route: 'GET /stock',
    summary: 'The stock of all skus, page by page',
    description: `Each SKU is read on its own. ${SUM_OF_CELLS} ${RETRY_WHILE_MOVING}`,
    access: 'stock.read',
    isList: true,
    answers: { 200: { description: 'A page', schema: StockView } },
  },
  {
    route: `GET ${STOCK}/movements`,
    summary: 'The movements of a sku, newest first',
    access: 'stock.read',
    isList: true,
    answers: { 200: { description: 'A page', schema: MovementView } },
    problems: { 404: ['NOT_FOUND'] },
  },
  {
    route: `PUT ${RESERVATION}`,
    summary: `Hold units, all lines or none; for ${HOLD_SECONDS_DEFAULT} seconds unless told otherwise`,
    description: HOLD_REJECTIONS,
    access: 'service',
    body: reserveStockRequest(HOLD_SECONDS_MIN),
    answers: {
      200: { description: 'A repeat', schema: ReservationView },
      201: { description: 'Held', schema: ReservationView },
    },
    problems: {
      404: ['UNKNOWN_SKU'],
      409: ['INSUFFICIENT_STOCK', 'STOCK_TOO_FRAGMENTED', 'RESERVATION_RELEASED'],
      422: ['IDEMPOTENCY_KEY_REUSED'],
    },
  },
  {
    route: `GET ${RESERVATION}`,
    summary: 'A reservation, its status as of now',
    access: 'service',
    answers: { 200: { description: 'The reservation', schema: ReservationView } },
    problems: { 404: ['NOT_FOUND'] },
  },
  {
    route: `POST ${RESERVATION}/extension`,
    summary: 'Make a hold last longer',
    access: 'service',
    body: extendReservationRequest(HOLD_SECONDS_MIN),
    answers: {
      200: { description: 'The reservation with its new `expiresAt`', schema: ReservationView },
    },
    problems: {
      404: ['NOT_FOUND'],
      409: ['RESERVATION_EXPIRED', 'RESERVATION_NOT_HELD', 'EXTENSION_LIMIT'],
    },
  },
  {
    route: `DELETE ${RESERVATION}`,
    summary: 'Release what is held or committed',
    access: 'service',
    answers: { 200: { description: 'Released, now or before', schema: ReservationView } },
    problems: { 409: ['ALREADY_FULFILLED'] },
  },
  {
    route: 'GET /payments/{paymentId}/action',
    summary: 'What the customer has to do for a payment, `<orderId>-<attempt>`',
    access: 'service',
    answers: { 200: { description: 'The action', schema: RequiredActionView } },
    problems: { 404: ['NOT_FOUND'] },
  },
  {
    route: 'PUT /products/{sku}',
    summary: 'What a product is called and what it costs',
    access: 'orders.manage',
    body: PutProductRequest,
    answers: { 200: { description: 'The product', schema: ProductView } },
  },
  {
    route: 'GET /products',
    summary: 'The products, page by page',
    access: 'orders',
    isList: true,
    answers: { 200: { description: 'A page', schema: ProductView } },
  },
  {
    route: 'GET /staff/products',
    summary: 'The products, page by page, for staff',
    access: 'orders.manage',
    isList: true,
    answers: { 200: { description: 'A page', schema: ProductView } },
  },
  {
    route: 'POST /orders',
    summary: 'Place an order: its units are held until it is paid or expires',
    access: 'orders',
    body: PlaceOrderRequest,
    answers: { 201: { description: 'Placed, and its units held', schema: PlacedOrderView } },
    problems: {
      404: ['UNKNOWN_PRODUCT', 'UNKNOWN_SKU'],
      409: ['INSUFFICIENT_STOCK', 'STOCK_TOO_FRAGMENTED', 'RESERVATION_EXPIRED'],
      429: ['TOO_MANY_HOLDS'],
    },
  },
  {
    route: `GET ${ORDER}`,
    summary: "One of the caller's own orders",
    description:
      'While the payment is REQUIRES_ACTION, `payment.nextAction` is what the customer has to do. It holds the client secret of the provider, and no other route returns it to a caller with a token.',
    access: 'orders',
    answers: { 200: { description: 'The order', schema: OrderDetailView } },
    problems: { 404: ['NOT_FOUND'] },
  },
  {
    route: 'GET /orders',
    summary: "The caller's own orders, newest first",
    access: 'orders',
    isList: true,
    answers: { 200: { description: 'A page', schema: OrderView } },
  },
  {
    route: `POST ${ORDER}/payment`,
    summary: 'Pay: the hold is made to last, and the saga starts',
    access: 'orders',
    body: PayOrderRequest,
    answers: { 202: { description: 'PAYING', schema: OrderStatusView } },
    problems: {
      404: ['NOT_FOUND'],
      409: ['RESERVATION_EXPIRED', 'ORDER_NOT_PAYABLE', 'ORDER_EXPIRED'],
      429: ['TOO_MANY_HOLDS'],
    },
  },
  {
    route: `POST ${ORDER}/cancellation`,
    summary: 'Cancel an order that is not under way',
    access: 'orders',
    answers: {
      200: { description: 'CANCELLED', schema: OrderStatusView },
      202: {
        description: 'CANCELLING: money and stock are being given back',
        schema: OrderStatusView,
      },
    },
    problems: { 404: ['NOT_FOUND'], 409: ['ORDER_IN_PROGRESS', 'ALREADY_FULFILLED'] },
  },
  {
    route: 'GET /staff/orders',
    summary: "One queue, longest waiting first, or one customer's orders, newest first",
    access: 'orders.manage',
    isList: true,
    query: {
      queue: 'toShip (COMPLETED) or attention (NEEDS_ATTENTION); either queue or customerId.',
      customerId: 'As tokens name the customer (`sub`).',
    },
    answers: { 200: { description: 'A page', schema: StaffOrderView } },
  },
  {
    route: `GET /staff${ORDER}`,
    summary: 'Any order, with its reservation and its payment attempts',
    access: 'orders.manage',
    answers: { 200: { description: 'The order', schema: StaffOrderDetailView } },
    problems: { 404: ['NOT_FOUND'] },
  },
  {
    route: `POST /staff${ORDER}/cancellation`,
    summary: "Cancel a customer's order; the customer reads the reason",
    access: 'orders.manage',
    body: CancelStaffOrderRequest,
    answers: {
      200: { description: 'CANCELLED', schema: OrderStatusView },
      202: {
        description: 'CANCELLING: money and stock are being given back',
        schema: OrderStatusView,
      },
    },
    problems: { 404: ['NOT_FOUND'], 409: ['ORDER_IN_PROGRESS', 'ALREADY_FULFILLED'] },
  },
  {
    route: `POST ${ORDER}/fulfilment`,
    summary: 'The goods leave',
    access: 'orders.manage',
    answers: { 200: { description: 'FULFILLED', schema: OrderStatusView } },
    problems: { 404: ['NOT_FOUND'], 409: ['ORDER_NOT_COMPLETED'] },
  },
  {
    route: `POST ${ORDER}/resumption`,
    summary: 'Run the compensation of a NEEDS_ATTENTION order again',
    access: 'operations',
    answers: { 202: { description: 'CANCELLING', schema: OrderStatusView } },
    problems: { 404: ['NOT_FOUND'], 409: ['ORDER_NOT_RESUMABLE'] },
  },
  {
    route: 'POST /customers/{customerId}/erasure',
    summary:
      'Take whose they were, and what they were paid with, out of the orders of a customer that are over; 100 at a time',
    access: 'operations',
    body: EraseCustomerRequest,
    answers: { 200: { description: 'What was done, and what is left', schema: ErasureView } },
  },
];
