import { conflict, notFound } from './problem-details.ts';

/** Refusals that inventory and orders answer alike. */
export const insufficientStock = conflict('INSUFFICIENT_STOCK', {
  detail: 'There is not enough stock. Nothing was changed.',
  exposes: ['shortages'],
});

export const stockTooFragmented = conflict('STOCK_TOO_FRAGMENTED', {
  detail:
    'The units are there, but lie in more cells than one request can take from. They are being brought together: retry the same request in a few seconds. Nothing was changed.',
  exposes: ['cellsNeeded', 'cellsMax'],
  retryAfterSeconds: 5,
});

export const unknownProduct = notFound('UNKNOWN_PRODUCT', {
  detail:
    'A line names a sku without a product and a price. Add it with PUT /products/{sku}. Nothing was changed.',
  exposes: ['skus'],
});

export const unknownSku = notFound('UNKNOWN_SKU', {
  detail:
    'A line names a sku that has never had stock. Receive some with POST /stock/{sku}/receipts. Nothing was changed.',
  exposes: ['skus'],
});

export const skuNotFound = notFound('NOT_FOUND', {
  detail: 'There is no such SKU. SKUs are case-sensitive.',
});

/** The SKU of a request that moves stock has no record. */
export const skuNotCreated = notFound('UNKNOWN_SKU', {
  detail:
    'There is no such SKU, and nothing was changed. SKUs are case-sensitive. To create it, send a receipt with "createSku": true, or PUT /stock/{sku}.',
});

/** Rejections of a SKU that would be too large to read. */
export const skuSizeProblems = {
  tooManyLocations: conflict('TOO_MANY_LOCATIONS', {
    detail:
      'This SKU has all the locations that it can have, and nothing was changed. Each new locationId adds one: check its spelling.',
    exposes: ['limit'],
  }),
  tooManyCells: conflict('TOO_MANY_CELLS', {
    detail:
      'The locations of this SKU times the shards that it has, or once had, would exceed the limit. Nothing was changed.',
    exposes: ['limit'],
  }),
};
