import {
  AdjustStockRequest,
  ExplainStockQuery,
  ExplanationView,
  MovementView,
  PatchStockRequest,
  PutStockRequest,
  ReceiveStockRequest,
  SkuPath,
  StockSettingsView,
  StockView,
} from '../api/inventory.ts';
import { CountStockRequest, CountView } from '../api/reconciliation.ts';
import { ListQuery, pageOf } from '../primitives.ts';
import type { Route } from './route.ts';

const SKU_TOO_LARGE = ['TOO_MANY_LOCATIONS', 'TOO_MANY_CELLS'] as const;
const UNKNOWN_PLACE = ['UNKNOWN_SKU', 'UNKNOWN_LOCATION'] as const;

const SUM_OF_CELLS =
  'The units of a SKU may be spread over several cells (`shardCount`, locations). Each cell is read strongly consistently ' +
  'and includes every change that was acknowledged before the request. The cells are not read at one moment. While units ' +
  'only move between cells, their sum is exact. While units are received, removed or change their account, the sum may ' +
  'combine cells as of different moments of the request: it may include a concurrent change of one cell and not that of ' +
  'another. A SKU with one cell is read at one moment.';
const SAFETY_STOCK =
  '`safetyStock` is the number of units that new holds leave at each location, or at each of the locations that it names. ' +
  'A late commit takes them, because its order is paid. The number applies from the response on: no hold uses an older one.';
const LOW_STOCK =
  ' `lowStockThreshold` is the number of sellable units below which the level of the SKU is `low`: a number for the SKU in ' +
  'total, or a number for each location that it names. The event StockLow is published when the units fall below it.';
const RETRY_WHILE_MOVING =
  'If units move between the cells during every attempt, the response is 503 RETRY_LATER with `Retry-After`.';

export const putStock = {
  context: 'inventory',
  method: 'PUT',
  path: '/stock/{sku}',
  access: 'stock.write',
  summary: 'Create a SKU or replace its settings',
  description: SAFETY_STOCK + LOW_STOCK,
  params: SkuPath,
  body: PutStockRequest,
  responses: {
    200: { description: 'Replaced', schema: StockSettingsView },
    201: { description: 'Created', schema: StockSettingsView },
  },
  errors: { 404: ['UNKNOWN_LOCATION'], 409: SKU_TOO_LARGE },
} as const satisfies Route;

export const patchStock = {
  context: 'inventory',
  method: 'PATCH',
  path: '/stock/{sku}',
  access: 'stock.write',
  summary: 'Change the given settings of a SKU; null clears a setting',
  description: SAFETY_STOCK + LOW_STOCK,
  params: SkuPath,
  body: PatchStockRequest,
  responses: { 200: { description: 'The settings after the change', schema: StockSettingsView } },
  errors: { 404: UNKNOWN_PLACE, 409: SKU_TOO_LARGE },
} as const satisfies Route;

export const receiveStock = {
  context: 'inventory',
  method: 'POST',
  path: '/stock/{sku}/receipts',
  access: 'stock.write',
  summary: 'Receive units',
  idempotent: true,
  params: SkuPath,
  body: ReceiveStockRequest,
  responses: { 201: { description: 'The movement', schema: MovementView } },
  errors: { 404: UNKNOWN_PLACE, 409: SKU_TOO_LARGE },
} as const satisfies Route;

export const adjustStock = {
  context: 'inventory',
  method: 'POST',
  path: '/stock/{sku}/adjustments',
  access: 'stock.write',
  summary: 'Adjust the units on hand, with a reason',
  idempotent: true,
  params: SkuPath,
  body: AdjustStockRequest,
  responses: { 201: { description: 'The movement', schema: MovementView } },
  errors: { 404: UNKNOWN_PLACE, 409: ['INSUFFICIENT_STOCK', ...SKU_TOO_LARGE] },
} as const satisfies Route;

export const countStock = {
  context: 'reconciliation',
  method: 'POST',
  path: '/stock/{sku}/counts',
  access: 'stock.write',
  summary: 'Record a physical count and compare it with the recorded quantity at its time',
  idempotent: true,
  params: SkuPath,
  body: CountStockRequest,
  responses: {
    201: {
      description:
        'Posted, waiting for approval, or superseded. A repeated request has the same response, with `repeated`.',
      schema: CountView,
    },
  },
  errors: { 404: ['NOT_FOUND'] },
} as const satisfies Route;

export const getStock = {
  context: 'inventory',
  method: 'GET',
  path: '/stock/{sku}',
  access: 'stock.read',
  summary: 'Get the current stock of a SKU, strongly consistent',
  description: `${SUM_OF_CELLS} ${RETRY_WHILE_MOVING}`,
  params: SkuPath,
  responses: { 200: { description: 'The stock', schema: StockView } },
  errors: { 404: ['NOT_FOUND'] },
} as const satisfies Route;

export const listStock = {
  context: 'inventory',
  method: 'GET',
  path: '/stock',
  access: 'stock.read',
  summary: 'List the stock of all SKUs',
  description: `Each SKU is read separately. ${SUM_OF_CELLS} ${RETRY_WHILE_MOVING}`,
  query: ListQuery,
  responses: { 200: { description: 'A page', schema: pageOf(StockView) } },
} as const satisfies Route;

export const listMovements = {
  context: 'inventory',
  method: 'GET',
  path: '/stock/{sku}/movements',
  access: 'stock.read',
  summary: 'List the movements of a SKU, newest first',
  params: SkuPath,
  query: ListQuery,
  responses: { 200: { description: 'A page', schema: pageOf(MovementView) } },
  errors: { 404: ['NOT_FOUND'] },
} as const satisfies Route;

export const explainStock = {
  context: 'inventory',
  method: 'GET',
  path: '/stock/{sku}/explanation',
  access: 'stock.read',
  summary: 'Explain each held and committed unit by its movements, now or at a past time',
  description:
    'While units only move between the cells of a SKU, their sum is exact. If units move during every attempt, the ' +
    'response is 503 RETRY_LATER with `Retry-After`. This never happens for a time more than 15 minutes ago.',
  params: SkuPath,
  query: ExplainStockQuery,
  queryDescriptions: { at: 'Time in ISO 8601 and UTC; now by default.' },
  responses: { 200: { description: 'The explanation', schema: ExplanationView } },
  errors: { 404: ['NOT_FOUND'] },
} as const satisfies Route;
