import type { ExpectedContext } from './expected-context.ts';
import { BOOK } from './inventory.ts';

/** Expected route of a stage with `publicAvailability=true`. No other stage has it. */
export const storefront = {
  routes: {
    'GET /shop/availability': ['storefront', 'inventory/GetShopAvailability'],
  },
  responses: {
    getShopAvailability: { open: 400 },
  },
  functions: {
    'inventory/GetShopAvailability': { [BOOK]: 'dynamodb:BatchGetItem' },
  },
  subscriptions: [],
  streams: [],
} as const satisfies ExpectedContext;
