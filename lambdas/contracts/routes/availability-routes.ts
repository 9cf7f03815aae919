import { AvailabilityRequest, AvailabilityView } from '../api/availability.ts';
import type { Route } from './route.ts';

export const readAvailability = {
  context: 'inventory',
  method: 'POST',
  path: '/availability',
  access: 'stock.read',
  summary: 'Read what can be sold of up to 100 SKUs, strongly consistent',
  description:
    '`sellable` of a location is the number of units that a new hold may take there: the available ones above the safety ' +
    'stock, and 0 at an inactive location. `sellable` of a SKU is the sum of the active locations that ship, from which ' +
    'orders are sourced by default; with `locationIds`, of the active ones among these. If units move between the cells of ' +
    'a SKU during every attempt, the response is 503 RETRY_LATER with `Retry-After`.',
  repeatedBy: 'readOnly',
  body: AvailabilityRequest,
  responses: { 200: { description: 'The availability', schema: AvailabilityView } },
  errors: { 400: ['AVAILABILITY_TOO_LARGE'] },
} as const satisfies Route;
