import { LocationPath, LocationView, PutLocationRequest } from '../api/locations.ts';
import { ListQuery, pageOf } from '../primitives.ts';
import type { Route } from './route.ts';

export const putLocation = {
  context: 'inventory',
  method: 'PUT',
  path: '/locations/{locationId}',
  access: 'stock.write',
  summary: 'Create a location or replace its settings',
  description:
    'A location is never deleted: set `active` to false, so that nothing is sold from it. The location `main` exists ' +
    'without a request, and stays active and shipping. Requests that reserve stock use new settings within 5 seconds.',
  params: LocationPath,
  body: PutLocationRequest,
  responses: {
    200: { description: 'Replaced', schema: LocationView },
    201: { description: 'Created', schema: LocationView },
  },
  errors: { 409: ['LOCATION_IN_USE'] },
} as const satisfies Route;

export const getLocation = {
  context: 'inventory',
  method: 'GET',
  path: '/locations/{locationId}',
  access: 'stock.read',
  summary: 'Get a location',
  params: LocationPath,
  responses: { 200: { description: 'The location', schema: LocationView } },
  errors: { 404: ['NOT_FOUND'] },
} as const satisfies Route;

export const listLocations = {
  context: 'inventory',
  method: 'GET',
  path: '/locations',
  access: 'stock.read',
  summary: 'List the locations by id, strongly consistent',
  query: ListQuery,
  responses: { 200: { description: 'A page', schema: pageOf(LocationView) } },
} as const satisfies Route;
