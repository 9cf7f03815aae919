import {
  CellAuditPage,
  OrderAuditPage,
  PaymentAuditPage,
  ReservationAuditPage,
} from '../../../lambdas/contracts/audit-api.ts';
import { ExplanationView } from '../../../lambdas/contracts/inventory-api.ts';
import {
  ApproveFindingRequest,
  CountStockRequest,
  CountView,
  DismissFindingRequest,
  FindingView,
  ReconciliationView,
  StartedReconciliationView,
  StartReconciliationRequest,
} from '../../../lambdas/contracts/reconciliation-api.ts';
import {
  CountBasis,
  PostCountRequest,
  RepairCellRequest,
  RepairedView,
  RepairOrderRequest,
  RepairPaymentRequest,
  RepairReservationRequest,
} from '../../../lambdas/contracts/repair-api.ts';
import type { DocumentedRoute } from './routes.ts';

const PART = {
  segment: 'Which of `segments` parts that are walked side by side; 0 by default.',
  segments: 'How many parts there are, 1 to 64; 1 by default.',
  cursor: 'Out of the page before; opaque.',
};
const IDS = { ids: 'At most 100 ids parted by commas, in place of a page.' };
const REPAIRED = { 200: { description: 'Done, now or before', schema: RepairedView } };

/** Stock-taking: what people and programs ask of the reconciler, and what it asks of the other contexts. */
export const RECONCILIATION_ROUTES: readonly DocumentedRoute[] = [
  {
    route: 'GET /stock/{sku}/explanation',
    summary: 'Whose each held and committed unit is, now or as of a time, from the movements',
    description:
      'While units only move between the cells of a SKU, their sum is exact. When units move during every attempt, the response is 503 RETRY_LATER with `Retry-After`; as of a time more than 15 minutes ago it never is.',
    access: 'stock.read',
    query: { at: 'As of this time (ISO 8601, UTC); now by default.' },
    answers: { 200: { description: 'The number, explained', schema: ExplanationView } },
    problems: { 404: ['NOT_FOUND'] },
  },
  {
    route: 'POST /stock/{sku}/counts',
    summary: 'A count of the shelf, compared with the book as of its time',
    access: 'stock.write',
    body: CountStockRequest,
    answers: { 201: { description: 'Posted, or waiting for approval', schema: CountView } },
    problems: { 404: ['NOT_FOUND'] },
  },
  {
    route: 'POST /reconciliations',
    summary: 'Reconcile the books now',
    access: 'operations',
    body: StartReconciliationRequest,
    answers: { 202: { description: 'Begun', schema: StartedReconciliationView } },
  },
  {
    route: 'GET /reconciliations/{reconciliationId}',
    summary: 'A reconciliation, and how far it has come',
    access: 'operations',
    answers: { 200: { description: 'The reconciliation', schema: ReconciliationView } },
    problems: { 404: ['NOT_FOUND'] },
  },
  {
    route: 'GET /reconciliations',
    summary: 'Reconciliations, newest first',
    access: 'operations',
    isList: true,
    answers: { 200: { description: 'A page', schema: ReconciliationView } },
  },
  {
    route: 'GET /findings',
    summary: 'Findings of a status, newest first',
    access: 'operations',
    isList: true,
    query: { status: 'open (by default), approved, repaired, dismissed or closed.' },
    answers: { 200: { description: 'A page', schema: FindingView } },
  },
  {
    route: 'GET /findings/{findingId}',
    summary: 'A finding, and its revision, which approvals and dismissals name',
    access: 'operations',
    answers: { 200: { description: 'The finding', schema: FindingView } },
    problems: { 404: ['NOT_FOUND'] },
  },
  {
    route: 'POST /findings/{findingId}/approval',
    summary: 'Allow the proposed repair that was seen, which is done at once',
    access: 'operations',
    body: ApproveFindingRequest,
    answers: {
      200: {
        description: 'REPAIRED, or APPROVED while orders are being cancelled',
        schema: FindingView,
      },
    },
    problems: {
      404: ['NOT_FOUND'],
      409: [
        'FINDING_ALREADY_CLOSED',
        'FINDING_CHANGED',
        'FINDING_ALREADY_APPROVED',
        'NO_REPAIR_PROPOSED',
        'ORDERS_UNDECIDED',
        'REPAIR_REJECTED',
      ],
    },
  },
  {
    route: 'POST /findings/{findingId}/dismissal',
    summary: 'Say that nothing is to be done about what was seen',
    access: 'operations',
    body: DismissFindingRequest,
    answers: { 200: { description: 'DISMISSED', schema: FindingView } },
    problems: { 404: ['NOT_FOUND'], 409: ['FINDING_ALREADY_CLOSED', 'FINDING_CHANGED'] },
  },
  {
    route: 'GET /audit/cells',
    summary: 'Cells that disagree with their movements or markers: of a page of skus, or one cell',
    access: 'service',
    query: {
      ...PART,
      full: '`true` to read each cell from its first movement.',
      sku: 'Of the one cell.',
      locationId: 'Of the one cell.',
      shard: 'Of the one cell.',
      reservationIds: 'Reservations that may have moved units in it without a trace.',
    },
    answers: { 200: { description: 'What was found', schema: CellAuditPage } },
  },
  {
    route: 'GET /audit/reservations',
    summary: 'Reservations by their ids, with the cells that lack a movement of their reserving',
    access: 'service',
    query: IDS,
    answers: { 200: { description: 'Those that there are', schema: ReservationAuditPage } },
  },
  {
    route: 'GET /audit/counts',
    summary: 'What the book has to say to a count',
    access: 'service',
    query: {
      sku: 'The sku.',
      locationId: 'The location.',
      at: 'When it was counted.',
      counted: 'The units.',
    },
    answers: { 200: { description: 'The basis of the count', schema: CountBasis } },
    problems: { 404: ['NOT_FOUND'] },
  },
  {
    route: 'GET /audit/orders',
    summary: 'Orders, page by page or by their ids',
    access: 'service',
    query: { ...PART, ...IDS },
    answers: { 200: { description: 'A page', schema: OrderAuditPage } },
  },
  {
    route: 'GET /audit/payments',
    summary: 'Payments, page by page or by `<orderId>-<attempt>`',
    access: 'service',
    query: { ...PART, ...IDS },
    answers: { 200: { description: 'A page', schema: PaymentAuditPage } },
  },
  {
    route: 'POST /repairs/cells',
    summary: 'Rebuild a balance, or restore movements, of a cell that is what was audited',
    access: 'service',
    body: RepairCellRequest,
    answers: REPAIRED,
    problems: { 409: ['VERSION_CONFLICT', 'NOT_REPAIRABLE'] },
  },
  {
    route: 'POST /repairs/counts',
    summary: 'Post a count',
    access: 'service',
    body: PostCountRequest,
    answers: { 201: { description: 'Posted' } },
    problems: {
      404: ['NOT_FOUND'],
      409: ['VERSION_CONFLICT', 'COUNT_SUPERSEDED', 'INSUFFICIENT_STOCK'],
    },
  },
  {
    route: 'POST /repairs/reservations/{reservationId}',
    summary: 'Take the step that did not happen, or set the reservation as its movements say',
    access: 'service',
    body: RepairReservationRequest,
    answers: REPAIRED,
    problems: { 404: ['NOT_FOUND'], 409: ['VERSION_CONFLICT', 'NOT_REPAIRABLE'] },
  },
  {
    route: 'POST /repairs/orders/{orderId}',
    summary: 'Go on with the saga of an order, compensate, or cancel it',
    access: 'service',
    body: RepairOrderRequest,
    answers: REPAIRED,
    problems: {
      404: ['NOT_FOUND'],
      409: ['VERSION_CONFLICT', 'ORDER_IN_PROGRESS', 'ORDER_NOT_RESUMABLE', 'ALREADY_FULFILLED'],
    },
  },
  {
    route: 'POST /repairs/payments/{orderId}',
    summary: 'Capture or give back a payment',
    access: 'service',
    body: RepairPaymentRequest,
    answers: REPAIRED,
    problems: { 404: ['NOT_FOUND'], 409: ['VERSION_CONFLICT', 'CAPTURE_FAILED', 'REFUND_FAILED'] },
  },
];
