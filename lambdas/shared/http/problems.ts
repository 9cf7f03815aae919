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

// The annotation lets esbuild remove unused problems from a bundle. It has an effect within this
// file only.
/* @__NO_SIDE_EFFECTS__ */
export function badRequest<const Code extends string>(code: Code, details: ProblemTypeDetails) {
  return problemType(400, 'Invalid request', code, details);
}
/* @__NO_SIDE_EFFECTS__ */
export function forbidden<const Code extends string>(code: Code, details: ProblemTypeDetails) {
  return problemType(403, 'Forbidden', code, details);
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
  detail:
    'The Idempotency-Key was used with another request. Send a new key with each new request.',
});

export const reservationNotFound = notFound('NOT_FOUND', {
  detail: 'There is no such reservation.',
});

export const notOwner = forbidden('NOT_OWNER', {
  detail:
    'The reservation belongs to another service. Only the service that made it may change it. Nothing was changed.',
});

/** Problems of a step that ships or releases units of a reservation. */
export const partStepProblems = {
  notFound: reservationNotFound,
  notOwner,
  notCommitted: conflict('RESERVATION_NOT_COMMITTED', {
    detail: 'Only units of a committed reservation are shipped or released in steps.',
    exposes: ['reservationStatus'],
  }),
  nothingOpen: conflict('NOTHING_OPEN', {
    detail: 'A line requests more units than are open in the reservation. Nothing was changed.',
    exposes: ['lines'],
  }),
  stepLimit: conflict('STEP_LIMIT', {
    detail:
      'The reservation has the maximum number of steps. A step without lines still takes all units that are open.',
    exposes: ['limit'],
  }),
  keyReused: unprocessableContent('STEP_ID_REUSED', {
    detail: 'The stepId was used with another request. Send a new stepId with each new step.',
  }),
};

export const orderNotFound = notFound('NOT_FOUND', { detail: 'There is no such order.' });

export const reservationExpired = conflict('RESERVATION_EXPIRED', {
  detail: 'The hold expired and its stock was sold. Place a new order with a new Idempotency-Key.',
});

export const tooManyHolds = tooManyRequests('TOO_MANY_HOLDS', {
  detail: 'Unpaid-order limit reached. Pay for an order, cancel one, or wait until one expires.',
});

const SAGA_RETRY_AFTER_SECONDS = 5;
/** Problems of a cancellation, by customers and by staff. */
export const cancellationProblems = {
  notFound: orderNotFound,
  inProgress: conflict('ORDER_IN_PROGRESS', {
    detail: 'The order is being processed. Retry when it is COMPLETED or CANCELLED.',
    retryAfterSeconds: SAGA_RETRY_AFTER_SECONDS,
  }),
  alreadyFulfilled: conflict('ALREADY_FULFILLED', {
    detail: 'The goods have shipped; the order cannot be cancelled.',
  }),
  keyReused: idempotencyKeyReused,
};

/** Problems that inventory and orders share. */
export const insufficientStock = conflict('INSUFFICIENT_STOCK', {
  detail: 'There is not enough stock. Nothing was changed.',
  exposes: ['shortages'],
});

export const stockTooFragmented = conflict('STOCK_TOO_FRAGMENTED', {
  detail:
    'The units are available, but in more cells than one request can change. They are being consolidated. Retry the same request after Retry-After. Nothing was changed.',
  exposes: ['cellsNeeded', 'cellsMax'],
  retryAfterSeconds: 5,
});

export const notAPickupLocation = unprocessableContent('NOT_A_PICKUP_LOCATION', {
  detail:
    'Customers cannot collect orders at this location. Choose a location whose "pickup" is true. Nothing was changed.',
  exposes: ['locationIds'],
});

export const unknownProduct = notFound('UNKNOWN_PRODUCT', {
  detail:
    'A line names a SKU without a product and a price. Add it with PUT /products/{sku}. Nothing was changed.',
  exposes: ['skus'],
});

export const unknownSku = notFound('UNKNOWN_SKU', {
  detail:
    'A line names a SKU that has never had stock. Receive units with POST /stock/{sku}/receipts. Nothing was changed.',
  exposes: ['skus'],
});

export const skuNotFound = notFound('NOT_FOUND', {
  detail: 'There is no such SKU. SKUs are case-sensitive.',
});

/** Problem of a request that moves stock of a SKU without a record. */
export const skuNotCreated = notFound('UNKNOWN_SKU', {
  detail:
    'There is no such SKU. SKUs are case-sensitive. To create it, send a receipt with "createSku": true, or PUT /stock/{sku}. Nothing was changed.',
});

/** Problem of a request that adds stock at a location without a record. */
export const unknownLocation = notFound('UNKNOWN_LOCATION', {
  detail:
    'There is no such location. Location ids are case-sensitive. To create it, PUT /locations/{locationId}, or send a receipt with "createLocation": true. Nothing was changed.',
  exposes: ['locationIds'],
});

/** Problems of a SKU that would be too large to read. */
export const skuSizeProblems = {
  tooManyLocations: conflict('TOO_MANY_LOCATIONS', {
    detail:
      'The SKU has the maximum number of locations. Each new locationId adds one: check its spelling. Nothing was changed.',
    exposes: ['limit'],
  }),
  tooManyCells: conflict('TOO_MANY_CELLS', {
    detail:
      'The number of locations times the highest number of shards of this SKU would exceed the limit. Nothing was changed.',
    exposes: ['limit'],
  }),
};

/** Problems that the repairs of every context share. */
export const versionConflict = conflict('VERSION_CONFLICT', {
  detail:
    'The record has changed since it was audited. The next audit reads it again. Nothing was changed.',
});

export const countSuperseded = conflict('COUNT_SUPERSEDED', {
  detail:
    'A count of this location with the same or a later time was posted before. Nothing was changed.',
  exposes: ['lastCount'],
});

export const notRepairable = conflict('NOT_REPAIRABLE', {
  detail: 'The stored records do not allow this repair. Nothing was changed.',
});

export const findingNotFound = notFound('NOT_FOUND', { detail: 'There is no such finding.' });

export const findingAlreadyClosed = conflict('FINDING_ALREADY_CLOSED', {
  detail: 'The finding is already closed.',
  exposes: ['findingStatus'],
});

export const findingChanged = conflict('FINDING_CHANGED', {
  detail:
    'The finding has changed since the revision that the request names. Read it again and send its revision. Nothing was changed.',
  exposes: ['revision'],
});

export const queueNotFound = notFound('NOT_FOUND', {
  detail: 'There is no such dead-letter queue. GET /dead-letters lists the queues.',
});
