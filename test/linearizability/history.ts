/** What clients asked of one SKU and what they were told, with the times at which they did. */

/** Epoch milliseconds, with fractions. */
export type Time = number;

export type ReservationSeen = {
  readonly status: string;
  /** Epoch milliseconds; undefined for a mark without lines. */
  readonly until: Time | undefined;
  readonly quantity: number;
};
export type StockSeen = {
  readonly onHand: number;
  readonly available: number;
  readonly held: number;
  readonly committed: number;
  /** Units by the moment at which their hold expires. */
  readonly holds: ReadonlyMap<Time, number>;
  readonly asOf: Time;
};
type Rejected = { readonly code: string; readonly available?: number };

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

/** `unknown`: the connection was aborted, or the response leaves it open (5xx). */
export type Response =
  | { readonly kind: 'unknown' }
  | ({ readonly kind: 'rejected' } & Rejected)
  | { readonly kind: 'entered'; readonly movementId: string; readonly quantity: number }
  | { readonly kind: 'reservation'; readonly reservation: ReservationSeen }
  | { readonly kind: 'stock'; readonly stock: StockSeen }
  | { readonly kind: 'done' };

export type Recorded = {
  readonly client: number;
  readonly call: Time;
  readonly return: Time;
  readonly request: Request;
  readonly response: Response;
};

export type History = {
  readonly sku: string;
  /** When every hold ends: a multiple of this. */
  readonly slotMilliseconds: number;
  /** On hand before the first request. */
  readonly units: number;
  /** True for a SKU whose units never lie in more than one cell: its reads are held to one moment. */
  readonly isOneCell: boolean;
  /** The units that a reservation has in each cell, where these are several. */
  readonly parts: ReadonlyMap<string, readonly number[]>;
  readonly operations: readonly Recorded[];
};

/** One operation in a line, for the report of a violation. */
export const toLine = ({ client, call, return: end, request, response }: Recorded): string =>
  `client ${client} ${call.toFixed(2)}..${end.toFixed(2)} ${JSON.stringify(request)} => ${JSON.stringify(
    response,
    (_key, value) => (value instanceof Map ? Object.fromEntries(value) : value),
  )}`;
