import type { ProblemType } from './problem-details.ts';

type ProblemTypeDetails = {
  readonly detail: string;
  readonly retryAfterSeconds?: number;
  readonly exposes?: readonly string[];
};

const problemType = <Code extends string>(
  status: number,
  title: string,
  code: Code,
  { exposes = [], ...details }: ProblemTypeDetails,
): ProblemType<Code> => ({ status, code, title, exposes, ...details });

// esbuild honours the annotation within a file only. It keeps a bundle to the problems that it uses.
/* @__NO_SIDE_EFFECTS__ */
export function badRequest<const Code extends string>(code: Code, details: ProblemTypeDetails) {
  return problemType(400, 'Invalid request', code, details);
}
/* @__NO_SIDE_EFFECTS__ */
export function notFound<const Code extends string>(code: Code, details: ProblemTypeDetails) {
  return problemType(404, 'Not found', code, details);
}
/* @__NO_SIDE_EFFECTS__ */
export function conflict<const Code extends string>(code: Code, details: ProblemTypeDetails) {
  return problemType(409, 'Conflict', code, details);
}
/* @__NO_SIDE_EFFECTS__ */
export function unprocessableContent<const Code extends string>(
  code: Code,
  details: ProblemTypeDetails,
) {
  return problemType(422, 'Unprocessable request', code, details);
}
/* @__NO_SIDE_EFFECTS__ */
export function tooManyRequests<const Code extends string>(
  code: Code,
  details: ProblemTypeDetails,
) {
  return problemType(429, 'Too many requests', code, details);
}

export const idempotencyKeyReused = unprocessableContent('IDEMPOTENCY_KEY_REUSED', {
  detail: 'This key was used before with another request. Send a new key with a new request.',
});

export const orderNotFound = notFound('NOT_FOUND', { detail: 'There is no such order.' });

export const tooManyHolds = tooManyRequests('TOO_MANY_HOLDS', {
  detail:
    'You hold as much as one customer may. Pay for an order, cancel one, or wait until one expires.',
});

const SAGA_RETRY_AFTER_SECONDS = 5;
/** Rejections of a cancellation, by customers and by staff. */
export const cancellationProblems = {
  notFound: orderNotFound,
  inProgress: conflict('ORDER_IN_PROGRESS', {
    detail: 'The order is being processed. Retry when it is COMPLETED or CANCELLED.',
    retryAfterSeconds: SAGA_RETRY_AFTER_SECONDS,
  }),
  alreadyFulfilled: conflict('ALREADY_FULFILLED', {
    detail: 'The goods have left; the order cannot be cancelled.',
  }),
  keyReused: idempotencyKeyReused,
};

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

/** Refusals of repairs, which every context answers alike. */
export const versionConflict = conflict('VERSION_CONFLICT', {
  detail:
    'The record is no longer what was audited. Nothing was changed; the next audit looks again.',
});

export const countSuperseded = conflict('COUNT_SUPERSEDED', {
  detail:
    'The last count of this location is not older than this one, so this one moves nothing. Nothing was changed.',
  exposes: ['lastCount'],
});

export const notRepairable = conflict('NOT_REPAIRABLE', {
  detail: 'What is on record does not allow this repair. Nothing was changed.',
});

export const findingNotFound = notFound('NOT_FOUND', { detail: 'There is no such finding.' });

export const findingAlreadyClosed = conflict('FINDING_ALREADY_CLOSED', {
  detail: 'This finding is over already.',
  exposes: ['findingStatus'],
});

export const findingChanged = conflict('FINDING_CHANGED', {
  detail:
    'The finding says or proposes something else than the revision that you name. Nothing was changed. Read it again, and name its revision.',
  exposes: ['revision'],
});

export const queueNotFound = notFound('NOT_FOUND', {
  detail: 'There is no such dead letter queue: GET /dead-letters lists them.',
});
