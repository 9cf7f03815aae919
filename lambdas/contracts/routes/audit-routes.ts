import {
  AuditQuery,
  CellAuditPage,
  CellAuditQuery,
  OrderAuditPage,
  PaymentAuditPage,
  ReservationAuditPage,
  ReservationAuditQuery,
} from '../api/audit.ts';
import { CountBasis, CountBasisQuery } from '../api/repair.ts';
import type { Route } from './route.ts';

const SEGMENT_DESCRIPTIONS = {
  segment: 'Number of the segment out of `segments` of a parallel scan; 0 by default.',
  segments: 'Number of segments, 1 to 64; 1 by default.',
  cursor: 'Opaque cursor of the previous page.',
} as const;
const IDS_DESCRIPTION = { ids: 'Up to 100 ids separated by commas, instead of a page.' } as const;

export const auditCells = {
  context: 'inventory',
  method: 'GET',
  path: '/audit/cells',
  access: 'service',
  summary:
    'List the cells that disagree with their movements or operation records: of a page of SKUs, or one cell',
  query: CellAuditQuery,
  queryDescriptions: {
    ...SEGMENT_DESCRIPTIONS,
    full: '`true` to read each cell from its first movement.',
    sku: 'SKU of the one cell.',
    locationId: 'Location of the one cell.',
    shard: 'Shard of the one cell.',
    suspectReservationIds: 'Reservations that may have moved units in the cell without a movement.',
  },
  responses: { 200: { description: 'The differences', schema: CellAuditPage } },
} as const satisfies Route;

export const auditReservations = {
  context: 'inventory',
  method: 'GET',
  path: '/audit/reservations',
  access: 'service',
  summary: 'Get reservations by their ids, with the cells that lack their movement',
  query: ReservationAuditQuery,
  queryDescriptions: IDS_DESCRIPTION,
  responses: { 200: { description: 'The reservations that exist', schema: ReservationAuditPage } },
} as const satisfies Route;

export const getCountBasis = {
  context: 'inventory',
  method: 'GET',
  path: '/audit/counts',
  access: 'service',
  summary: 'Get the figures of the book that a physical count is compared with',
  query: CountBasisQuery,
  queryDescriptions: {
    sku: 'The SKU.',
    locationId: 'The location.',
    at: 'Time of the count.',
    counted: 'Number of units counted.',
  },
  responses: { 200: { description: 'The basis of the count', schema: CountBasis } },
  errors: { 404: ['NOT_FOUND'] },
} as const satisfies Route;

export const auditOrders = {
  context: 'orders',
  method: 'GET',
  path: '/audit/orders',
  access: 'service',
  summary: 'List orders by page or by ids',
  query: AuditQuery,
  queryDescriptions: { ...SEGMENT_DESCRIPTIONS, ...IDS_DESCRIPTION },
  responses: { 200: { description: 'A page', schema: OrderAuditPage } },
} as const satisfies Route;

export const auditPayments = {
  context: 'payments',
  method: 'GET',
  path: '/audit/payments',
  access: 'service',
  summary: 'List payments by page or by `<orderId>-<attempt>`',
  query: AuditQuery,
  queryDescriptions: { ...SEGMENT_DESCRIPTIONS, ...IDS_DESCRIPTION },
  responses: { 200: { description: 'A page', schema: PaymentAuditPage } },
} as const satisfies Route;
