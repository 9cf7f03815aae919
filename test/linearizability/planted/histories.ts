import type {
  History,
  ObservedReservation,
  ObservedStock,
  RecordedOperation,
  Request,
  Response,
} from '../history.ts';
import { checkHistory } from '../inventory/inventory-history.ts';

const BUCKET_MILLISECONDS = 1_000;
const START = 1_000_000 * BUCKET_MILLISECONDS;
const UNITS = 10;

/** Returns a history of one SKU with `UNITS`; times are milliseconds after the start. */
export const history = (
  operations: readonly (readonly [
    call: number,
    end: number,
    request: Request,
    response: Response,
  ])[],
  rest: Partial<History> = {},
): History => ({
  sku: 'tea',
  bucketMilliseconds: BUCKET_MILLISECONDS,
  units: UNITS,
  isOneCell: true,
  parts: new Map(),
  operations: operations.map(
    ([call, end, request, response], client): RecordedOperation => ({
      client,
      call: START + call,
      end: START + end,
      request,
      response,
    }),
  ),
  ...rest,
});
export const resultOf = (...given: Parameters<typeof history>) =>
  checkHistory(history(...given)).result;

export const receive = (quantity: number, key = 'in'): Request => ({
  kind: 'receive',
  key,
  quantity,
});
export const adjust = (delta: number, key = 'fix'): Request => ({ kind: 'adjust', key, delta });
export const reserve = (quantity: number, id = 'r1', holdSeconds = 5): Request => ({
  kind: 'reserve',
  id,
  quantity,
  holdSeconds,
});

export const release: Request = { kind: 'release', id: 'r1' };

export const readStock: Request = { kind: 'read stock' };

export const entered = (quantity: number, movementId = 'm'): Response => ({
  kind: 'stockEntered',
  movementId,
  quantity,
});
export const rejected = (code: string, available?: number): Response => ({
  kind: 'rejected',
  code,
  ...(available === undefined ? {} : { available }),
});
export const reservation = (quantity: number, endsIn: number, status = 'HELD'): Response => {
  const seen: ObservedReservation = { status, quantity, until: START + endsIn };
  return { kind: 'reservation', reservation: seen };
};
export const stock = (
  available: number,
  rest: Partial<Omit<ObservedStock, 'holds'>> & { held?: number; endsIn?: number } = {},
): Response => {
  const { held = 0, committed = 0, endsIn = 5_000 } = rest;
  const onHand = available + held + committed;
  const holds = new Map(held === 0 ? [] : [[START + endsIn, held]]);
  return { kind: 'stock', stock: { onHand, available, held, committed, holds, asOf: START } };
};

export const held = (available: number, endsIn = 6_000) => stock(available, { held: 3, endsIn });
