import { setTimeout as delay } from 'node:timers/promises';
import type { Reservation } from '../../lambdas/inventory/domain/ledger/reservation.ts';
import { toReservationView, toStockView } from '../../lambdas/inventory/presenters/stock-views.ts';
import {
  commitReservation,
  extendReservation,
  releaseReservation,
} from '../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { reserveStock } from '../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { rebalanceStock } from '../../lambdas/inventory/use-cases/sharding/rebalance-stock.ts';
import { getStock } from '../../lambdas/inventory/use-cases/stock/read-stock.ts';
import {
  adjustStock,
  putStock,
  receiveStock,
} from '../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { RetryLaterError } from '../../lambdas/shared/core/errors.ts';
import type { Result } from '../../lambdas/shared/core/result.ts';
import { SeededRandom } from '../simulator/random.ts';
import type { MemoryStockStore } from '../support/memory-stock-store.ts';
import { NEVER } from './checker.ts';
import { nextRequest, SharedState } from './clients.ts';
import type { History, RecordedOperation, Request, Response } from './history.ts';

export type InProcessOptions = {
  readonly store: MemoryStockStore;
  readonly shards: number;
  readonly clients: number;
  /** Number of requests of each client. */
  readonly requests: number;
  readonly seed: number;
};

const SKU = 'tea';
const UNITS = 15;
const BUCKET_SECONDS = 1;
/** Share of requests whose response is lost. */
const LOST_RESPONSE_RATE = 0.05;
const REPEAT_RATE = 0.1;
const REBALANCE_INTERVAL_MILLISECONDS = 20;

/**
 * Records a history of concurrent clients that call the use cases directly while shards change.
 */
export async function recordHistory({
  store,
  shards,
  clients,
  requests,
  seed,
}: InProcessOptions): Promise<History> {
  const random = new SeededRandom(seed, 'in process');
  const context = () => ({ now: Date.now(), by: 'tester', correlationId: 'corr-1' });
  await putStock(store, { ...context(), sku: SKU, shardCount: shards });
  const first = { ...context(), sku: SKU, operationId: 'first', fingerprint: '' };
  await receiveStock(store, { ...first, quantity: UNITS });

  const shared = new SharedState(SKU);
  const operations: RecordedOperation[] = [];
  const send = async (client: number, request: Request, isLost: boolean): Promise<void> => {
    const call = performance.timeOrigin + performance.now();
    const response = await executeOrUnknown(store, request);
    const seen: Response = isLost ? { kind: 'unknown' } : response;
    const end = seen.kind === 'unknown' ? NEVER : performance.timeOrigin + performance.now();
    operations.push({ client, call, end, request, response: seen });
  };
  let working = clients;
  const work = async (client: number): Promise<void> => {
    for (let sent = 0; sent < requests; sent += 1) {
      const own = random.fork(client, sent);
      const request = nextRequest(shared, own);
      await send(client, request, own.nextBoolean(LOST_RESPONSE_RATE));
      if (own.nextBoolean(REPEAT_RATE)) await send(client, request, false);
    }
    working -= 1;
  };
  const rebalance = async (): Promise<void> => {
    while (shards > 1 && working > 0) {
      await ignoreRetryLater(
        putStock(store, { ...context(), sku: SKU, shardCount: random.nextInteger(1, shards) }),
      );
      await ignoreRetryLater(rebalanceStock(store, { ...context(), sku: SKU }));
      await delay(REBALANCE_INTERVAL_MILLISECONDS);
    }
  };
  await Promise.all([...Array.from({ length: clients }, (_, client) => work(client)), rebalance()]);
  await send(clients, { kind: 'read stock' }, false);
  return {
    sku: SKU,
    bucketMilliseconds: BUCKET_SECONDS * 1_000,
    units: UNITS,
    isOneCell: shards === 1,
    parts: splitHoldsIn(store),
    operations: operations.toSorted((a, b) => a.call - b.call),
  };
}

const ignoreRetryLater = (work: Promise<unknown>): Promise<unknown> =>
  work.catch((error: unknown) => {
    if (!(error instanceof RetryLaterError)) throw error;
  });

/** Returns the units of each hold that took units of several cells. */
function splitHoldsIn({ movements }: MemoryStockStore): Map<string, number[]> {
  const parts = new Map<string, number[]>();
  for (const { kind, reservationId, quantity } of movements)
    if (kind === 'RESERVED' && reservationId !== undefined)
      parts.set(reservationId, [...(parts.get(reservationId) ?? []), quantity]);
  return new Map([...parts].filter(([, units]) => units.length > 1));
}

async function executeOrUnknown(store: MemoryStockStore, request: Request): Promise<Response> {
  try {
    return await execute(store, request);
  } catch (error) {
    if (error instanceof RetryLaterError) return { kind: 'unknown' };
    throw error;
  }
}

async function execute(store: MemoryStockStore, request: Request): Promise<Response> {
  const now = Date.now();
  const context = { now, by: 'tester', correlationId: 'corr-1', fingerprint: '' };
  const toReservationResponse = (reservation: Reservation): Response => {
    const { status, expiresAt, lines } = toReservationView(reservation, now);
    const until = expiresAt === null ? undefined : Date.parse(expiresAt);
    const quantity = lines.reduce((units, line) => units + line.quantity, 0);
    return { kind: 'reservation', reservation: { status, until, quantity } };
  };
  switch (request.kind) {
    case 'receive':
    case 'adjust': {
      const entry = { ...context, sku: SKU, operationId: request.key };
      const result =
        request.kind === 'receive'
          ? await receiveStock(store, { ...entry, quantity: request.quantity })
          : await adjustStock(store, { ...entry, delta: request.delta, reason: 'other' });
      return responseOf(result, ({ movement: { movementId, quantity } }) => ({
        kind: 'stockEntered',
        movementId,
        quantity,
      }));
    }
    case 'reserve': {
      const { id, quantity, holdSeconds } = request;
      const hold = {
        reservationId: id,
        lines: [{ sku: SKU, quantity }],
        holdSeconds,
        bucketSeconds: BUCKET_SECONDS,
      };
      const result = await reserveStock(store, { ...context, ...hold });
      return responseOf(result, ({ reservation }) => toReservationResponse(reservation));
    }
    case 'extend': {
      const { id, key, holdSeconds } = request;
      const longer = {
        reservationId: id,
        operationId: key,
        holdSeconds,
        bucketSeconds: BUCKET_SECONDS,
      };
      return responseOf(
        await extendReservation(store, { ...context, ...longer }),
        toReservationResponse,
      );
    }
    case 'release':
      return responseOf(
        await releaseReservation(store, { ...context, reservationId: request.id }),
        toReservationResponse,
      );
    case 'commit':
      await commitReservation(store, { ...context, reservationId: request.id });
      return { kind: 'done' };
    case 'read reservation': {
      const { reservations } = await store.read({ reservations: [request.id] });
      const reservation = reservations.get(request.id);
      return reservation === undefined
        ? { kind: 'rejected', code: 'NOT_FOUND' }
        : toReservationResponse(reservation);
    }
    case 'read stock':
      return responseOf(await getStock(store, SKU), (stock) => {
        const { holds, asOf, ...view } = toStockView(stock, now);
        const byEnd = new Map(
          holds.map(({ expiresAt, quantity }) => [Date.parse(expiresAt), quantity]),
        );
        return { kind: 'stock', stock: { ...view, holds: byEnd, asOf: Date.parse(asOf) } };
      });
  }
}

/** Codes of the HTTP contract. */
const REJECTION_CODES: Readonly<Record<string, string>> = {
  insufficientStock: 'INSUFFICIENT_STOCK',
  alreadyReleased: 'RESERVATION_RELEASED',
  expired: 'RESERVATION_EXPIRED',
  notHeld: 'RESERVATION_NOT_HELD',
  notFound: 'NOT_FOUND',
};

function responseOf<Value>(
  result: Result<
    Value,
    { readonly kind: string; readonly shortages?: readonly { available: number }[] }
  >,
  toResponse: (value: Value) => Response,
): Response {
  if (result.ok) return toResponse(result.value);
  const { kind, shortages } = result.error;
  const code = REJECTION_CODES[kind];
  if (code === undefined)
    throw new Error(`A client's request was rejected with the unexpected error ${kind}.`);
  const available = shortages?.[0]?.available;
  return { kind: 'rejected', code, ...(available === undefined ? {} : { available }) };
}
