import {
  extendReservationRequest,
  HOLD_GRANULARITY_SECONDS_MAX,
  HOLD_SECONDS_DEFAULT,
  ReservationPath,
  ReservationView,
  reserveStockRequest,
} from '../api/reservations.ts';
import type { Route } from './route.ts';

export const reserveStock = {
  context: 'inventory',
  method: 'PUT',
  path: '/reservations/{reservationId}',
  access: 'service',
  summary: `Hold the units of all lines or none, for ${HOLD_SECONDS_DEFAULT} seconds by default`,
  description:
    'The reservation belongs to the calling role or user: only it may extend, commit, ship or release it. Ids that begin ' +
    'with `ord_` are those of orders. ' +
    'Units come from the first location that has every line; else from the locations that have most lines whole; else, ' +
    'unless `split` is false, from several. `from` of a line names its locations; by default these are all that are active and ship, by ' +
    'priority. Settings of a location may be 5 s old. ' +
    'INSUFFICIENT_STOCK is based on a strongly consistent read of every cell of these locations. Under contention the read may be up to 1 s old: ' +
    'an instance of the function that rejected 20 requests for a SKU within a second reuses its last read for further ' +
    'rejections. STOCK_TOO_FRAGMENTED means that the units exist, but in `cellsNeeded` cells, and a request may use at most ' +
    '`cellsMax`. The units are being consolidated: retry the same request after `Retry-After`.',
  params: ReservationPath,
  /** A stage sets its own minimum, `holdGranularitySeconds`; this one is the default. */
  body: reserveStockRequest(HOLD_GRANULARITY_SECONDS_MAX),
  responses: {
    200: { description: 'Held by an earlier request', schema: ReservationView },
    201: { description: 'Held', schema: ReservationView },
  },
  errors: {
    403: ['NOT_OWNER'],
    404: ['UNKNOWN_SKU', 'UNKNOWN_LOCATION'],
    409: ['INSUFFICIENT_STOCK', 'STOCK_TOO_FRAGMENTED', 'RESERVATION_RELEASED'],
    422: ['IDEMPOTENCY_KEY_REUSED', 'CONFLICTING_SOURCES'],
  },
} as const satisfies Route;

export const getReservation = {
  context: 'inventory',
  method: 'GET',
  path: '/reservations/{reservationId}',
  access: 'service',
  summary: 'Get a reservation with its current status',
  params: ReservationPath,
  responses: { 200: { description: 'The reservation', schema: ReservationView } },
  errors: { 404: ['NOT_FOUND'] },
} as const satisfies Route;

export const extendReservation = {
  context: 'inventory',
  method: 'POST',
  path: '/reservations/{reservationId}/extension',
  access: 'service',
  summary: 'Extend a hold',
  idempotent: true,
  params: ReservationPath,
  /** A stage sets its own minimum, `holdGranularitySeconds`; this one is the default. */
  body: extendReservationRequest(HOLD_GRANULARITY_SECONDS_MAX),
  responses: {
    200: { description: 'The reservation with its new `expiresAt`', schema: ReservationView },
  },
  errors: {
    403: ['NOT_OWNER'],
    404: ['NOT_FOUND'],
    409: ['RESERVATION_EXPIRED', 'RESERVATION_NOT_HELD', 'EXTENSION_LIMIT'],
  },
} as const satisfies Route;

export const releaseReservation = {
  context: 'inventory',
  method: 'DELETE',
  path: '/reservations/{reservationId}',
  access: 'service',
  summary: 'Release the held or committed units of a reservation',
  params: ReservationPath,
  responses: {
    200: { description: 'Released by this request or an earlier one', schema: ReservationView },
  },
  errors: { 403: ['NOT_OWNER'], 409: ['ALREADY_FULFILLED'] },
} as const satisfies Route;
