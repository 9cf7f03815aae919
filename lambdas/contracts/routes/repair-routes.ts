import { OrderPath } from '../api/orders.ts';
import {
  PostCountRequest,
  RepairCellRequest,
  RepairedView,
  RepairOrderRequest,
  RepairPaymentRequest,
  RepairReservationRequest,
} from '../api/repair.ts';
import { ReservationPath } from '../api/reservations.ts';
import type { Route } from './route.ts';

const REPAIRED = {
  200: { description: 'Repaired by this request or an earlier one', schema: RepairedView },
} as const;

export const repairCell = {
  context: 'inventory',
  method: 'POST',
  path: '/repairs/cells',
  access: 'service',
  summary: 'Rebuild the balance or restore movements of a cell at the audited version',
  idempotent: true,
  body: RepairCellRequest,
  responses: REPAIRED,
  errors: { 409: ['VERSION_CONFLICT', 'NOT_REPAIRABLE'] },
} as const satisfies Route;

export const postCount = {
  context: 'inventory',
  method: 'POST',
  path: '/repairs/counts',
  access: 'service',
  summary: 'Post a count',
  idempotent: true,
  body: PostCountRequest,
  responses: { 201: { description: 'Posted' } },
  errors: {
    404: ['NOT_FOUND'],
    409: ['VERSION_CONFLICT', 'COUNT_SUPERSEDED', 'INSUFFICIENT_STOCK'],
  },
} as const satisfies Route;

export const repairReservation = {
  context: 'inventory',
  method: 'POST',
  path: '/repairs/reservations/{reservationId}',
  access: 'service',
  summary: 'Perform the missing step of a reservation, or set it to match its movements',
  idempotent: true,
  params: ReservationPath,
  body: RepairReservationRequest,
  responses: REPAIRED,
  errors: { 404: ['NOT_FOUND'], 409: ['VERSION_CONFLICT', 'NOT_REPAIRABLE'] },
} as const satisfies Route;

export const repairOrder = {
  context: 'orders',
  method: 'POST',
  path: '/repairs/orders/{orderId}',
  access: 'service',
  summary: 'Resume the saga of an order, compensate it, or cancel it',
  idempotent: true,
  params: OrderPath,
  body: RepairOrderRequest,
  responses: REPAIRED,
  errors: {
    404: ['NOT_FOUND'],
    409: ['VERSION_CONFLICT', 'ORDER_IN_PROGRESS', 'ORDER_NOT_RESUMABLE', 'ALREADY_FULFILLED'],
  },
} as const satisfies Route;

export const repairPayment = {
  context: 'payments',
  method: 'POST',
  path: '/repairs/payments/{orderId}',
  access: 'service',
  summary: 'Capture or reverse a payment',
  idempotent: true,
  params: OrderPath,
  body: RepairPaymentRequest,
  responses: REPAIRED,
  errors: { 404: ['NOT_FOUND'], 409: ['VERSION_CONFLICT', 'CAPTURE_FAILED', 'REFUND_FAILED'] },
} as const satisfies Route;
