import {
  CancelStaffOrderRequest,
  CustomerPath,
  EraseCustomerRequest,
  ErasureView,
  OrderDetailView,
  OrderPath,
  OrderStatusView,
  OrderView,
  PayOrderRequest,
  PlacedOrderView,
  PlaceOrderRequest,
  StaffOrderDetailView,
  StaffOrdersQuery,
  StaffOrderView,
} from '../api/orders.ts';
import { ListQuery, NoBody, pageOf } from '../primitives.ts';
import type { Route } from './route.ts';

const CANCELLATION_RESPONSES = {
  200: { description: 'CANCELLED', schema: OrderStatusView },
  202: {
    description: 'CANCELLING: the payment is being reversed and the stock released',
    schema: OrderStatusView,
  },
} as const;
const CANCELLATION_ERRORS = {
  404: ['NOT_FOUND'],
  409: ['ORDER_IN_PROGRESS', 'ALREADY_FULFILLED'],
} as const;

export const placeOrder = {
  context: 'orders',
  method: 'POST',
  path: '/orders',
  access: 'orders',
  summary: 'Place an order and hold its units until it is paid or expires',
  idempotent: true,
  body: PlaceOrderRequest,
  responses: { 201: { description: 'The order, whose units are held', schema: PlacedOrderView } },
  errors: {
    404: ['UNKNOWN_PRODUCT', 'UNKNOWN_SKU'],
    409: ['INSUFFICIENT_STOCK', 'STOCK_TOO_FRAGMENTED', 'RESERVATION_EXPIRED'],
    422: ['AMOUNT_NOT_PAYABLE', 'NOT_A_PICKUP_LOCATION'],
    429: ['TOO_MANY_HOLDS'],
  },
} as const satisfies Route;

export const getOrder = {
  context: 'orders',
  method: 'GET',
  path: '/orders/{orderId}',
  access: 'orders',
  summary: "Get one of the caller's own orders",
  description:
    'While the payment is REQUIRES_ACTION, `payment.nextAction` describes the action that the customer must complete. It ' +
    "contains the provider's client secret. No other route returns this secret to a caller with a token.",
  params: OrderPath,
  responses: { 200: { description: 'The order', schema: OrderDetailView } },
  errors: { 404: ['NOT_FOUND'] },
} as const satisfies Route;

export const listOrders = {
  context: 'orders',
  method: 'GET',
  path: '/orders',
  access: 'orders',
  summary: "List the caller's own orders, newest first",
  query: ListQuery,
  responses: { 200: { description: 'A page', schema: pageOf(OrderView) } },
} as const satisfies Route;

export const payOrder = {
  context: 'orders',
  method: 'POST',
  path: '/orders/{orderId}/payment',
  access: 'orders',
  summary: 'Pay an order: extends its hold and starts the saga',
  idempotent: true,
  params: OrderPath,
  body: PayOrderRequest,
  responses: { 202: { description: 'PAYING', schema: OrderStatusView } },
  errors: {
    404: ['NOT_FOUND'],
    409: ['RESERVATION_EXPIRED', 'ORDER_NOT_PAYABLE', 'ORDER_EXPIRED'],
    429: ['TOO_MANY_HOLDS'],
  },
} as const satisfies Route;

export const cancelOrder = {
  context: 'orders',
  method: 'POST',
  path: '/orders/{orderId}/cancellation',
  access: 'orders',
  summary: 'Cancel an order that is not being processed',
  idempotent: true,
  params: OrderPath,
  body: NoBody,
  isBodyOptional: true,
  responses: CANCELLATION_RESPONSES,
  errors: CANCELLATION_ERRORS,
} as const satisfies Route;

export const listStaffOrders = {
  context: 'orders',
  method: 'GET',
  path: '/staff/orders',
  access: 'orders.manage',
  summary: "List a queue of orders, longest waiting first, or a customer's orders, newest first",
  query: StaffOrdersQuery,
  queryDescriptions: {
    queue: 'toShip (COMPLETED) or attention (NEEDS_ATTENTION). Give either queue or customerId.',
    customerId: 'Customer id, as tokens carry it in `sub`.',
  },
  responses: { 200: { description: 'A page', schema: pageOf(StaffOrderView) } },
} as const satisfies Route;

export const getStaffOrder = {
  context: 'orders',
  method: 'GET',
  path: '/staff/orders/{orderId}',
  access: 'orders.manage',
  summary: 'Get any order, with its reservation and its payment attempts',
  params: OrderPath,
  responses: { 200: { description: 'The order', schema: StaffOrderDetailView } },
  errors: { 404: ['NOT_FOUND'] },
} as const satisfies Route;

export const cancelStaffOrder = {
  context: 'orders',
  method: 'POST',
  path: '/staff/orders/{orderId}/cancellation',
  access: 'orders.manage',
  summary: "Cancel a customer's order; the customer can read the reason",
  idempotent: true,
  params: OrderPath,
  body: CancelStaffOrderRequest,
  responses: CANCELLATION_RESPONSES,
  errors: CANCELLATION_ERRORS,
} as const satisfies Route;

export const fulfilOrder = {
  context: 'orders',
  method: 'POST',
  path: '/orders/{orderId}/fulfilment',
  access: 'orders.manage',
  summary: 'Mark an order as shipped',
  idempotent: true,
  params: OrderPath,
  body: NoBody,
  isBodyOptional: true,
  responses: { 200: { description: 'FULFILLED', schema: OrderStatusView } },
  errors: { 404: ['NOT_FOUND'], 409: ['ORDER_NOT_COMPLETED'] },
} as const satisfies Route;

export const resumeOrder = {
  context: 'orders',
  method: 'POST',
  path: '/orders/{orderId}/resumption',
  access: 'operations',
  summary: 'Run the compensation of a NEEDS_ATTENTION order again',
  idempotent: true,
  params: OrderPath,
  body: NoBody,
  isBodyOptional: true,
  responses: { 202: { description: 'CANCELLING', schema: OrderStatusView } },
  errors: { 404: ['NOT_FOUND'], 409: ['ORDER_NOT_RESUMABLE'] },
} as const satisfies Route;

export const eraseCustomer = {
  context: 'orders',
  method: 'POST',
  path: '/customers/{customerId}/erasure',
  access: 'operations',
  summary:
    "Remove the customer's id and payment methods from the customer's finished orders, up to 100 per request",
  idempotent: true,
  params: CustomerPath,
  body: EraseCustomerRequest,
  responses: {
    200: {
      description: 'Number of erased orders, and the orders that are still open',
      schema: ErasureView,
    },
  },
} as const satisfies Route;
