import { conflict, notFound } from './problem.ts';

/** Refusals that inventory and orders answer alike. */
export const insufficientStock = conflict('INSUFFICIENT_STOCK', {
  detail: 'There is not enough stock. Nothing was changed.',
  shows: ['shortages'],
});

export const unknownSku = notFound('UNKNOWN_SKU', {
  detail: 'A line names a sku that is not known. Nothing was changed.',
  shows: ['skus'],
});

export const noSuchSku = notFound('NOT_FOUND', { detail: 'There is no such sku.' });
