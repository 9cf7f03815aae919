import {
  extendReservationRequest,
  HOLD_GRANULARITY_SECONDS_MAX,
  HOLD_SECONDS_DEFAULT,
  OwnReservationsQuery,
  PartStepRequest,
  ReservationPath,
  ReservationView,
  reserveStockRequest,
} from '../api/reservations.ts';
import { pageOf } from '../primitives.ts';
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
    422: ['IDEMPOTENCY_KEY_REUSED', 'CONFLICTING_SOURCES', 'NOT_A_PICKUP_LOCATION'],
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

export const createCommitment = {
  context: 'inventory',
  method: 'POST',
  path: '/reservations/{reservationId}/commitment',
  access: 'service',
  summary: 'Commit the held units to a confirmed order of the caller',
  description:
    'A hold that expired is committed too while its units are there. After a 409 the units are gone: refund the payment. ' +
    'Repeat the request until it has a response; it commits once. Until a commitment, nothing holds the units beyond the ' +
    'expiry of the hold.',
  repeatedBy: 'state',
  params: ReservationPath,
  responses: {
    200: { description: 'Committed by this request or an earlier one', schema: ReservationView },
  },
  errors: { 403: ['NOT_OWNER'], 409: ['RESERVATION_EXPIRED', 'RESERVATION_RELEASED'] },
} as const satisfies Route;

const PART_STEP = {
  context: 'inventory',
  method: 'POST',
  access: 'service',
  repeatedBy: 'stepId',
  params: ReservationPath,
  body: PartStepRequest,
  responses: {
    200: {
      description: 'The reservation now. A repeat has the same effect once.',
      schema: ReservationView,
    },
  },
  errors: {
    403: ['NOT_OWNER'],
    404: ['NOT_FOUND'],
    409: ['RESERVATION_NOT_COMMITTED', 'NOTHING_OPEN', 'STEP_LIMIT'],
    422: ['STEP_ID_REUSED'],
  },
} as const;

export const createShipment = {
  ...PART_STEP,
  path: '/reservations/{reservationId}/shipments',
  summary: 'Ship units of a committed reservation, all lines or none',
} as const satisfies Route;

export const createRelease = {
  ...PART_STEP,
  path: '/reservations/{reservationId}/releases',
  summary: 'Release units of a committed reservation, all lines or none',
} as const satisfies Route;

export const listReservations = {
  context: 'inventory',
  method: 'GET',
  path: '/reservations',
  access: 'service',
  summary: 'List the committed reservations of the caller',
  description:
    'Oldest first. The list is eventually consistent, and each reservation in it is read strongly consistently. After a ' +
    'crash, compare it with the own orders, and ask again before a reservation counts as missing.',
  query: OwnReservationsQuery,
  queryDescriptions: { owner: '`me`: the calling role or user.', status: '`COMMITTED`.' },
  responses: { 200: { description: 'A page', schema: pageOf(ReservationView) } },
} as const satisfies Route;
