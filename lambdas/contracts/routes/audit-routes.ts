import {
  CellAuditPage,
  OrderAuditPage,
  PaymentAuditPage,
  ReservationAuditPage,
} from '../api/audit.ts';
import { AuditQuery, CellAuditQuery, ReservationAuditQuery } from '../api/audit-queries.ts';
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
    'List cells that disagree with their movements or operation records, for a page of SKUs or one cell',
  query: CellAuditQuery,
  queryDescriptions: {
    ...SEGMENT_DESCRIPTIONS,
    full: 'Set to `true` to read each cell from its first movement.',
    sku: 'SKU of a single cell, instead of a page.',
    locationId: 'Location of the single cell.',
    shard: 'Shard of the single cell.',
    suspectReservationIds:
      'Reservations that may have changed the cell without recording a movement.',
  },
  responses: { 200: { description: 'The differences', schema: CellAuditPage } },
} as const satisfies Route;

export const auditReservations = {
  context: 'inventory',
  method: 'GET',
  path: '/audit/reservations',
  access: 'service',
  summary: 'Get reservations by id, each with the cells that have no movement for it',
  query: ReservationAuditQuery,
  queryDescriptions: IDS_DESCRIPTION,
  responses: { 200: { description: 'The reservations that exist', schema: ReservationAuditPage } },
} as const satisfies Route;

export const getCountBasis = {
  context: 'inventory',
  method: 'GET',
  path: '/audit/counts',
  access: 'service',
  summary: 'Get the recorded quantities that a physical count is compared with',
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
