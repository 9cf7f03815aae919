/** Epoch milliseconds, with fractions. */
export type Time = number;

export type ObservedReservation = {
  readonly status: string;
  /** Epoch milliseconds; undefined for a tombstone without lines. */
  readonly until: Time | undefined;
  readonly quantity: number;
};
export type ObservedStock = {
  readonly onHand: number;
  readonly available: number;
  readonly held: number;
  readonly committed: number;
  /** Units by the expiry of their hold. */
  readonly holds: ReadonlyMap<Time, number>;
  readonly asOf: Time;
};
type Rejection = { readonly code: string; readonly available?: number };

export type Request =
  | { readonly kind: 'receive'; readonly key: string; readonly quantity: number }
  | { readonly kind: 'adjust'; readonly key: string; readonly delta: number }
  | {
      readonly kind: 'reserve';
      readonly id: string;
      readonly quantity: number;
      readonly holdSeconds: number;
    }
  | {
      readonly kind: 'extend';
      readonly id: string;
      readonly key: string;
      readonly holdSeconds: number;
    }
  | { readonly kind: 'release'; readonly id: string }
  | { readonly kind: 'commit'; readonly id: string }
  | { readonly kind: 'read reservation'; readonly id: string }
  | { readonly kind: 'read stock' };

/** `unknown`: the connection was aborted, or the response leaves the outcome open (5xx). */
export type Response =
  | { readonly kind: 'unknown' }
  | ({ readonly kind: 'rejected' } & Rejection)
  | { readonly kind: 'stockEntered'; readonly movementId: string; readonly quantity: number }
  | { readonly kind: 'reservation'; readonly reservation: ObservedReservation }
  | { readonly kind: 'stock'; readonly stock: ObservedStock }
  | { readonly kind: 'done' };

/** A request with its response and the times of both. */
export type RecordedOperation = {
  readonly client: number;
  readonly call: Time;
  readonly end: Time;
  readonly request: Request;
  readonly response: Response;
};

/** Concurrent operations on one SKU. */
export type History = {
  readonly sku: string;
  /** Holds end at multiples of this. */
  readonly bucketMilliseconds: number;
  /** Units on hand before the first request. */
  readonly units: number;
  /** True if all units are in one cell, so that a read must show one moment. */
  readonly isOneCell: boolean;
  /** Units of a reservation per cell, if it has units in several cells. */
  readonly parts: ReadonlyMap<string, readonly number[]>;
  readonly operations: readonly RecordedOperation[];
};

/** Describes an operation in one line, for the report of a violation. */
export const describeOperation = ({
  client,
  call,
  end,
  request,
  response,
}: RecordedOperation): string =>
  `client ${client} ${call.toFixed(2)}..${end.toFixed(2)} ${JSON.stringify(request)} => ${JSON.stringify(
    response,
    (_key, value) => (value instanceof Map ? Object.fromEntries(value) : value),
  )}`;
