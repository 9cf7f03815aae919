import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod/mini';
import { type Runtime, startRuntime } from '../../local/runtime.ts';
import { SeededRandom } from '../simulator/random.ts';
import { nextRequest, RecordingClient, SharedState, type Target } from './clients.ts';
import type { History, RecordedOperation, Request } from './history.ts';
import { checkHistory, findContradictions } from './inventory-history.ts';

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
export type RebalancingReport = {
  readonly reads: number;
  /** Sums of reads that differ from the constant total. */
  readonly wrongSums: readonly number[];
  /** Number of 503 responses with Retry-After: units moved during every attempt. */
  readonly retryLater: number;
  readonly rebalancings: number;
};

const BUCKET_SECONDS = 1;
const UNITS = 15;
/**
 * Number of shards of each SKU: two of a kind, so that tens of clients do not all use one SKU,
 * whose history no search could check.
 */
const SHARDS = [1, 1, 3, 3, 10, 10];
const ABORT_RATE = 0.08;
const ABORT_MILLISECONDS_MAX = 40;
const REPEAT_RATE = 0.05;
const REPEAT_AFTER_ABORT_RATE = 0.8;
const CONCURRENT_DUPLICATE_RATE = 0.03;
/** Time between two changes of a `shardCount`. */
const REBALANCE_INTERVAL_MILLISECONDS = 150;
/** Maximum number of printed operations of the failing order, and of the possible next ones. */
const PRINTED_OPERATIONS_MAX = 25;

/** Starts a local runtime whose holds end in whole seconds; it runs until `stop`. */
export async function startTarget(): Promise<Target & { readonly stop: () => Promise<void> }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-linearizability-'));
  const runtime = await startRuntime({
    port: 0,
    outDir: path.join(folder, 'cdk.out'),
    context: { holdSeconds: '8', holdGranularitySeconds: String(BUCKET_SECONDS) },
  });
  return {
    api: runtime.api,
    staffToken: await runtime.tokenFor('staff'),
    confirm: (reservationId, sku) => deliverOrderConfirmed(runtime, reservationId, sku),
    stop: async () => {
      await runtime.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const BatchResponse = z.object({ batchItemFailures: z.array(z.unknown()) });

async function deliverOrderConfirmed(
  runtime: Runtime,
  orderId: string,
  sku: string,
): Promise<void> {
  const detail = {
    eventId: `confirmed-${orderId}`,
    version: 1,
    occurredAt: new Date().toISOString(),
    correlationId: orderId,
    data: {
      orderId,
      customerId: 'customer',
      lines: [{ sku, quantity: 1 }],
      total: { amount: 1, currency: 'EUR' },
    },
  };
  const body = JSON.stringify({ 'detail-type': 'OrderConfirmed', detail });
  const Records = [{ messageId: orderId, body }];
  const response = BatchResponse.parse(
    await runtime.invokeFunction('CommitReservation', { Records }),
  );
  if (response.batchItemFailures.length > 0) throw new Error(`${orderId} was not committed`);
}

/** Records one history for each number of shards, all at once, and checks them. */
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
      for (const [what, times] of some) failures[what] = (failures[what] ?? 0) + times;
    const parts = await readSplitHolds(target, sku);
    reports.push(checkAndReport(operations, { sku, shards, parts }));
  }
  return { skus: reports, rebalancings, failures };
}

/** Sends a request, sometimes aborted, repeated, or twice at once. */
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
            `${sku}: after`,
            ...verdict.order.slice(-PRINTED_OPERATIONS_MAX),
            'none of these can come next:',
            ...verdict.stuck.slice(0, PRINTED_OPERATIONS_MAX),
          ]
        : []),
    ],
  };
}

type SkuSettings = { readonly shardCount: number; readonly units: number };

async function createSku(
  target: Target,
  sku: string,
  { shardCount, units }: SkuSettings,
): Promise<void> {
  await setShardCount(target, sku, shardCount);
  await expectOk(
    await fetch(`${target.api}/stock/${sku}/receipts`, {
      method: 'POST',
      headers: { ...headersOf(target), 'idempotency-key': `first-${sku}` },
      body: JSON.stringify({ quantity: units }),
    }),
  );
}

/** Repeats the request until it succeeds: another change of the record may conflict. */
async function setShardCount(target: Target, sku: string, shardCount: number): Promise<void> {
  for (;;) {
    const response = await fetch(`${target.api}/stock/${sku}`, {
      method: 'PUT',
      headers: headersOf(target),
      body: JSON.stringify({ shardCount }),
    });
    if (response.status !== 503) return expectOk(response);
    await response.body?.cancel();
  }
}

const headersOf = ({ staffToken }: Target) => ({
  authorization: `Bearer ${staffToken}`,
  'content-type': 'application/json',
});

async function expectOk(response: globalThis.Response): Promise<void> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url} returned ${response.status} ${text}`);
}

const Movements = z.object({
  items: z.array(
    z.object({ kind: z.string(), quantity: z.number(), reservationId: z.optional(z.string()) }),
  ),
  cursor: z.optional(z.string()),
});

/**
 * Returns the units of each hold that took units of several cells: it has a RESERVED movement in
 * each.
 */
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

const READ_UNITS = 1_000;
const READERS = 4;
const READ_SHARDS_MAX = 10;

const StockSum = z.object({ onHand: z.number(), available: z.number() });

/**
 * Reads a SKU whose units move between up to ten shards continuously, without receipts or sales:
 * each read must return all of them.
 */
export async function readWhileRebalancing(
  target: Target,
  { reads, seed }: { readonly reads: number; readonly seed: number },
): Promise<RebalancingReport> {
  const random = new SeededRandom(seed, 'rebalancing');
  const sku = `rebalanced-${seed}`;
  await createSku(target, sku, { shardCount: 2, units: READ_UNITS });
  let [started, done, retryLater, rebalancings] = [0, 0, 0, 0];
  const wrongSums: number[] = [];
  const read = async (): Promise<void> => {
    while (started < reads) {
      started += 1;
      for (;;) {
        const response = await fetch(`${target.api}/stock/${sku}`, { headers: headersOf(target) });
        const body: unknown = await response.json();
        if (response.status === 503 && response.headers.has('retry-after')) {
          retryLater += 1;
          continue;
        }
        if (!response.ok)
          throw new Error(`a read returned ${response.status} ${JSON.stringify(body)}`);
        const { onHand, available } = StockSum.parse(body);
        if (onHand !== READ_UNITS || available !== READ_UNITS) wrongSums.push(onHand);
        break;
      }
      done += 1;
    }
  };
  const rebalance = async (): Promise<void> => {
    while (done < reads) {
      await setShardCount(target, sku, random.nextInteger(1, READ_SHARDS_MAX));
      rebalancings += 1;
      await delay(REBALANCE_INTERVAL_MILLISECONDS);
    }
  };
  await Promise.all([...Array.from({ length: READERS }, read), rebalance()]);
  return { reads: done, wrongSums, retryLater, rebalancings };
}
