import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { AwsClient } from 'aws4fetch';
import { skuKey } from '../lambdas/inventory/adapters/book-items.ts';
import { toStockItem } from '../lambdas/inventory/adapters/stock-item-records.ts';
import type { StockItem } from '../lambdas/inventory/domain/ledger/stock-item.ts';
import { MILLISECONDS_PER_SECOND } from '../lambdas/shared/core/instant.ts';
import { DEVELOPER_CREDENTIALS, region } from '../local/account.ts';
import { DemoClient } from '../local/demo/demo-client.ts';
import { localClientConfig } from '../local/dynamodb/dynamodb.ts';
import { type Runtime, startRuntime } from '../local/runtime.ts';
import { parseNumberOptions } from '../test/support/number-options.ts';
import { lineChart } from './charts.ts';
import { DEFAULT_MODEL, type Range } from './dynamodb-model/model.ts';
import {
  startThrottlingProxy,
  type ThrottlingServer,
} from './dynamodb-model/proxy/start-throttling-proxy.ts';
import { quantile } from './hot-sku/rush.ts';
import { publishReport } from './report.ts';

/**
 * Measures whether a SKU under write contention gets more shards: `npm run bench -- autoscaling
 * --seconds 60`. Many buyers want one SKU of one cell at the same time, over HTTP, on the local
 * runtime of the synthesized templates with its streams, buses and queues. The DynamoDB model
 * limits the requests of the functions. Runs twice: with `shardScaling=propose` (the default) and
 * `auto`.
 */
const USAGE = 'npm run bench -- autoscaling [--seconds 40] [--save]';
const { seconds: SECONDS } = parseNumberOptions(USAGE, { seconds: 40 }, ['save']);
const WINDOW_SECONDS = 4;
const BUYERS = 64;
const SKU = 'hot';
const UNITS = 100_000;
/**
 * Factor of the model's lock times. All functions share this machine's cores, so they send requests
 * more slowly than on Lambda by about this factor.
 */
const LOCK_FACTOR = 3;

const POLICIES = ['propose', 'auto'] as const;
type Policy = (typeof POLICIES)[number];
type CompletedHold = {
  readonly at: number;
  readonly milliseconds: number;
  readonly status: number;
};
type TimeWindow = {
  readonly policy: Policy;
  readonly seconds: number;
  readonly shards: number;
  readonly holdsPerSecond: number;
  readonly retryLaterRate: number;
  readonly p50Milliseconds: number;
};
type PolicyResult = {
  readonly windows: readonly TimeWindow[];
  /** Seconds after the first buyer; undefined if it did not happen. */
  readonly stockHotAfter: number | undefined;
  readonly shardsChangedAfter: number | undefined;
  readonly shardProposal: StockItem['shardProposal'];
};

const service = new AwsClient({
  accessKeyId: DEVELOPER_CREDENTIALS.accessKeyId,
  secretAccessKey: DEVELOPER_CREDENTIALS.secretAccessKey,
  region: region(),
  service: 'execute-api',
  retries: 0,
});
const slowDown = ([min, max]: Range): Range => [min * LOCK_FACTOR, max * LOCK_FACTOR];

async function runPolicy(policy: Policy): Promise<PolicyResult> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-autoscaling-'));
  const events = new Map<string, number>();
  let proxy: ThrottlingServer | undefined;
  let runtime: Runtime | undefined;
  try {
    runtime = await startRuntime({
      port: 0,
      logDirectory: folder,
      context: { shardScaling: policy },
      observe: (seen) => {
        if (seen.kind === 'event' && !events.has(seen.detailType))
          events.set(seen.detailType, Date.now());
      },
      dynamodbProxy: async (endpoint) => {
        proxy = await startThrottlingProxy({
          endpoint,
          model: { lockMilliseconds: slowDown(DEFAULT_MODEL.lockMilliseconds) },
        });
        return proxy;
      },
    });
    const client = DynamoDBDocumentClient.from(
      new DynamoDBClient(localClientConfig(runtime.dynamodb)),
    );
    const record = async (): Promise<StockItem> => {
      const { Item } = await client.send(
        new GetCommand({
          TableName: runtime?.tables.inventory ?? '',
          Key: skuKey(SKU),
          ConsistentRead: true,
        }),
      );
      if (Item === undefined) throw new Error(`There is no SKU ${SKU}.`);
      return toStockItem(Item);
    };
    const { windows, startedAt } = await runBuyers(policy, runtime, record);
    const after = (name: string) => {
      const at = events.get(name);
      return at === undefined ? undefined : (at - startedAt) / MILLISECONDS_PER_SECOND;
    };
    const { shardProposal } = await record();
    client.destroy();
    return {
      windows,
      stockHotAfter: after('StockContentionDetected'),
      shardsChangedAfter: after('StockShardsChanged'),
      shardProposal,
    };
  } finally {
    await runtime?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runBuyers(
  policy: Policy,
  { api, tokenFor }: Runtime,
  record: () => Promise<StockItem>,
): Promise<{ readonly windows: readonly TimeWindow[]; readonly startedAt: number }> {
  const staff = new DemoClient(api, await tokenFor('staff'));
  await staff.putStock(SKU, 'Hot');
  await staff.receive(SKU, { quantity: UNITS });
  // The cold start is not part of the measurement.
  await holdUnit(api);

  const ended: CompletedHold[] = [];
  const startedAt = Date.now();
  const until = startedAt + SECONDS * MILLISECONDS_PER_SECOND;
  const buyer = async (): Promise<void> => {
    while (Date.now() < until) ended.push(await holdUnit(api));
  };
  const windows: TimeWindow[] = [];
  const watcher = async (): Promise<void> => {
    for (let seconds = WINDOW_SECONDS; seconds <= SECONDS; seconds += WINDOW_SECONDS) {
      const to = startedAt + seconds * MILLISECONDS_PER_SECOND;
      await delay(to - Date.now());
      const { shardCount } = await record();
      const from = to - WINDOW_SECONDS * MILLISECONDS_PER_SECOND;
      const own = ended.filter(({ at }) => at >= from && at < to);
      const window = { policy, seconds, shards: shardCount, ...summarizeWindow(own) };
      console.error(JSON.stringify(window));
      windows.push(window);
    }
  };
  await Promise.all([watcher(), ...Array.from({ length: BUYERS }, buyer)]);
  return { windows, startedAt };
}

async function holdUnit(api: string): Promise<CompletedHold> {
  const from = Date.now();
  const response = await service.fetch(`${api}/reservations/${randomUUID()}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ lines: [{ sku: SKU, quantity: 1 }] }),
  });
  const text = await response.text();
  if (response.status !== 201 && response.status !== 503)
    throw new Error(`The response to a hold was ${response.status} ${text}`);
  return { at: Date.now(), milliseconds: Date.now() - from, status: response.status };
}

function summarizeWindow(ended: readonly CompletedHold[]) {
  const held = ended.filter(({ status }) => status === 201);
  const took = held.map((one) => one.milliseconds).sort((a, b) => a - b);
  return {
    holdsPerSecond: held.length / WINDOW_SECONDS,
    retryLaterRate: Number(((ended.length - held.length) / Math.max(ended.length, 1)).toFixed(3)),
    p50Milliseconds: quantile(took, 0.5),
  };
}

const resultsByPolicy = new Map<Policy, PolicyResult>();
for (const policy of POLICIES) resultsByPolicy.set(policy, await runPolicy(policy));

const windows = [...resultsByPolicy.values()].flatMap((one) => one.windows);
const toSeries = (policy: Policy, name: string) => ({
  name,
  points: (resultsByPolicy.get(policy)?.windows ?? []).map(
    ({ seconds, holdsPerSecond }): [number, number] => [seconds, holdsPerSecond],
  ),
});

publishReport('autoscaling', {
  rows: windows.map(({ retryLaterRate, ...window }) => ({
    ...window,
    '503, %': Math.round(retryLaterRate * 1_000) / 10,
  })),
  result: {
    buyers: BUYERS,
    seconds: SECONDS,
    lockMilliseconds: slowDown(DEFAULT_MODEL.lockMilliseconds),
    ...Object.fromEntries(resultsByPolicy),
  },
  charts: {
    autoscaling: lineChart({
      title: 'A SKU under write contention',
      subtitle: `${BUYERS} buyers of one SKU, over HTTP on the local runtime behind the DynamoDB model`,
      xName: 'seconds after the first buyer',
      yName: 'holds per second',
      series: [
        toSeries('auto', 'shardScaling=auto: shards are added automatically'),
        {
          ...toSeries('propose', 'shardScaling=propose: one cell until an operator adds shards'),
          dashed: true,
        },
      ],
    }),
  },
});
