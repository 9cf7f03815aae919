import { ShopAvailabilityQuery, ShopAvailabilityView } from '../api/storefront.ts';
import type { Route } from './route.ts';

export const getShopAvailability = {
  context: 'inventory',
  method: 'GET',
  path: '/shop/availability',
  access: 'storefront',
  summary: 'Read the stock levels of up to 50 SKUs, for pages of a shop and their caches',
  description:
    'Public, where the stage is configured with `publicAvailability`. The levels are recorded ones: lowered at once, and ' +
    'raised within about a minute. `items` are sorted by SKU, each SKU once; send `skus` in this order too, so that caches ' +
    'see one URL for one set of SKUs. An unknown SKU reads `out`. `left` is a number of units, shown where it is at most ' +
    '`showBelow` of the stage. `pickup` lists the locations at which customers can collect units now.',
  query: ShopAvailabilityQuery,
  queryDescriptions: { skus: 'Up to 50 SKUs, separated by commas.' },
  cacheControl: 'public, max-age=5, stale-while-revalidate=30',
  responses: { 200: { description: 'The levels', schema: ShopAvailabilityView } },
} as const satisfies Route;
