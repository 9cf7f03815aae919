import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod/mini';
import { SeededRandom } from '../simulator/random.ts';
import { nextRequest, RecordingClient, SharedState, type Target } from './clients.ts';
import type { History, RecordedOperation, Request } from './history.ts';
import { findContradictions } from './inventory/contradictions.ts';
import { checkHistory } from './inventory/inventory-history.ts';
import {
  BUCKET_SECONDS,
  createSku,
  headersOf,
  REBALANCE_INTERVAL_MILLISECONDS,
  setShardCount,
} from './target.ts';

export type RunOptions = {
  readonly clients: number;
  /** Number of requests of each client. */
  readonly requests: number;
  readonly seed: number;
};
export type SkuReport = {
  readonly sku: string;
  readonly shards: number;
  readonly operations: number;
  /** Number of aborted requests, and of responses that leave the outcome open. */
  readonly unknown: number;
  readonly result: 'linearizable' | 'violation' | 'undecided';
  readonly configurations: number;
  /** Number of holds that took units of several cells. */
  readonly splitHolds: number;
  readonly violations: readonly string[];
};
export type RunReport = {
  readonly skus: readonly SkuReport[];
  /** Number of changes of a `shardCount` while the clients worked. */
  readonly rebalancings: number;
  /** Number of requests without an outcome, by status. */
  readonly failures: Readonly<Record<string, number>>;
};
const UNITS = 15;
/**
 * Shards of each SKU. Two SKUs per number of shards, because the search cannot check the history of
 * tens of clients on one SKU.
 */
const SHARDS = [1, 1, 3, 3, 10, 10];
const ABORT_RATE = 0.08;
const ABORT_MILLISECONDS_MAX = 40;
const REPEAT_RATE = 0.05;
const REPEAT_AFTER_ABORT_RATE = 0.8;
const CONCURRENT_DUPLICATE_RATE = 0.03;
/** Maximum printed operations of the longest order, and of those that cannot follow it. */
const PRINTED_OPERATIONS_MAX = 25;

/** Records one history for each SKU, all at the same time, and checks them. */
export async function recordAndCheckHistories(
  target: Target,
  { clients, requests, seed }: RunOptions,
): Promise<RunReport> {
  const random = new SeededRandom(seed, 'linearizability');
  const skus = await Promise.all(
    SHARDS.map(async (shards, index) => {
      const sku = `lin-${seed}-${shards}-${index}`;
      await createSku(target, sku, { shardCount: shards, units: UNITS });
      const recorders = Array.from(
        { length: clients },
        (_, number) => new RecordingClient(target, sku, number),
      );
      return { sku, shards, shared: new SharedState(sku), recorders };
    }),
  );
  let [working, rebalancings] = [clients, 0];
  const work = async (number: number): Promise<void> => {
    for (let sent = 0; sent < requests; sent += 1) {
      const own = random.fork('request', number, sent);
      const { shared, recorders } = own.pick(skus);
      const recorder = recorders[number];
      if (recorder !== undefined) await sendWithFaults(recorder, nextRequest(shared, own), own);
    }
    working -= 1;
  };
  const rebalance = async (): Promise<void> => {
    for (let times = 0; working > 0; times += 1) {
      const own = random.fork('rebalancing', times);
      const { sku, shards } = own.pick(skus.filter((one) => one.shards > 1));
      await setShardCount(target, sku, own.nextInteger(1, shards));
      rebalancings += 1;
      await delay(REBALANCE_INTERVAL_MILLISECONDS);
    }
  };
  await Promise.all([...Array.from({ length: clients }, (_, number) => work(number)), rebalance()]);

  const failures: Record<string, number> = {};
  const reports: SkuReport[] = [];
  for (const { sku, shards, shared, recorders } of skus) {
    const last = new RecordingClient(target, sku, clients);
    for (const { id } of shared.reserves) await last.send({ kind: 'read reservation', id });
    await last.send({ kind: 'read stock' });
    const operations = [...recorders, last].flatMap(({ recorded }) => recorded);
    for (const { failures: some } of [...recorders, last])
      for (const [reason, times] of some) failures[reason] = (failures[reason] ?? 0) + times;
    const parts = await readSplitHolds(target, sku);
    reports.push(checkAndReport(operations, { sku, shards, parts }));
  }
  return { skus: reports, rebalancings, failures };
}

/** Sends a request that is sometimes aborted, repeated or sent twice at the same time. */
async function sendWithFaults(
  recorder: RecordingClient,
  request: Request,
  random: SeededRandom,
): Promise<void> {
  const isRepeatable = request.kind !== 'read stock' && request.kind !== 'read reservation';
  if (isRepeatable && request.kind !== 'commit' && random.nextBoolean(ABORT_RATE)) {
    await recorder.send(request, random.nextInteger(1, ABORT_MILLISECONDS_MAX));
    if (random.nextBoolean(REPEAT_AFTER_ABORT_RATE)) await recorder.send(request);
    return;
  }
  if (isRepeatable && random.nextBoolean(CONCURRENT_DUPLICATE_RATE)) {
    await Promise.all([recorder.send(request), recorder.send(request)]);
    return;
  }
  await recorder.send(request);
  if (isRepeatable && random.nextBoolean(REPEAT_RATE)) await recorder.send(request);
}

function checkAndReport(
  recorded: readonly RecordedOperation[],
  { sku, shards, parts }: Pick<History, 'sku' | 'parts'> & { readonly shards: number },
): SkuReport {
  const history: History = {
    sku,
    bucketMilliseconds: BUCKET_SECONDS * 1_000,
    units: UNITS,
    isOneCell: shards === 1,
    parts,
    operations: recorded.toSorted((a, b) => a.call - b.call),
  };
  const verdict = checkHistory(history);
  const contradictions = findContradictions(history);
  return {
    sku,
    shards,
    operations: recorded.length,
    unknown: recorded.filter(({ response }) => response.kind === 'unknown').length,
    result: contradictions.length > 0 ? 'violation' : verdict.result,
    configurations: verdict.configurations,
    splitHolds: parts.size,
    violations: [
      ...contradictions,
      ...(verdict.result === 'violation'
        ? [
            `${sku}: after these operations`,
            ...verdict.order.slice(-PRINTED_OPERATIONS_MAX),
            'none of these operations can follow:',
            ...verdict.stuck.slice(0, PRINTED_OPERATIONS_MAX),
          ]
        : []),
    ],
  };
}

const Movements = z.object({
  items: z.array(
    z.object({ kind: z.string(), quantity: z.number(), reservationId: z.optional(z.string()) }),
  ),
  cursor: z.optional(z.string()),
});

/** Returns the units per cell of each hold that has a RESERVED movement in several cells. */
async function readSplitHolds(target: Target, sku: string): Promise<Map<string, number[]>> {
  const parts = new Map<string, number[]>();
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({
      limit: '100',
      ...(cursor === undefined ? {} : { cursor }),
    });
    const response = await fetch(`${target.api}/stock/${sku}/movements?${query}`, {
      headers: headersOf(target),
    });
    const page = Movements.parse(await response.json());
    for (const { kind, quantity, reservationId } of page.items) {
      if (kind !== 'RESERVED' || reservationId === undefined) continue;
      parts.set(reservationId, [...(parts.get(reservationId) ?? []), quantity]);
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  return new Map([...parts].filter(([, units]) => units.length > 1));
}
