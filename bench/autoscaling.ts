import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { AwsClient } from 'aws4fetch';
import { skuKey } from '../lambdas/inventory/adapters/stock-items.ts';
import { toSku } from '../lambdas/inventory/adapters/stock-records.ts';
import type { Sku } from '../lambdas/inventory/domain/ledger/sku.ts';
import { MILLISECONDS_PER_SECOND } from '../lambdas/shared/core/instant.ts';
import { DEVELOPER, region } from '../local/account.ts';
import { StoryClient } from '../local/demo/story-client.ts';
import { localClientConfig } from '../local/dynamodb/dynamodb.ts';
import { type Runtime, startRuntime } from '../local/runtime.ts';
import { lineChart } from './charts.ts';
import { MODEL, type Range } from './dynamodb-model/model.ts';
import { type Governor, startGovernor } from './dynamodb-model/proxy/governor.ts';
import { quantile } from './hot-sku/rush.ts';
import { report } from './report.ts';

/**
 * Whether a sku that becomes hot is helped by itself: `npm run bench:heat`, or for so many seconds `npm run bench:heat -- 60`. Buyers come
 * all at once for a sku of one cell, over HTTP, on the local runtime of the synthesized templates with its streams, buses and queues; between its
 * functions and DynamoDB Local stands the governor. Twice: with what is proposed left to a person (the default), and applied.
 */
const SECONDS = Number(process.argv.slice(2).find((word) => /^\d+$/.test(word)) ?? 40);
const WINDOW_SECONDS = 4;
const BUYERS = 64;
const SKU = 'hot';
const UNITS = 100_000;
/** All functions share this machine's cores, so they ask that much slower than on Lambda; locks are held as much longer. */
const SLOWER = 3;

const POLICIES = ['propose', 'apply'] as const;
type Policy = (typeof POLICIES)[number];
type Ended = { readonly at: number; readonly took: number; readonly status: number };
type Window = {
  readonly policy: Policy;
  readonly seconds: number;
  readonly shards: number;
  readonly holdsPerSecond: number;
  readonly toldToComeAgain: number;
  readonly p50Milliseconds: number;
};
type Played = {
  readonly windows: readonly Window[];
  /** Seconds after the first buyer; undefined where it did not come to that. */
  readonly stockHotAfter: number | undefined;
  readonly shardsChangedAfter: number | undefined;
  readonly heat: Sku['heat'];
};

const service = new AwsClient({
  accessKeyId: DEVELOPER.accessKeyId,
  secretAccessKey: DEVELOPER.secretAccessKey,
  region: region(),
  service: 'execute-api',
  retries: 0,
});
const slower = ([min, max]: Range): Range => [min * SLOWER, max * SLOWER];

async function play(policy: Policy): Promise<Played> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-heat-'));
  const events = new Map<string, number>();
  let governor: Governor | undefined;
  let runtime: Runtime | undefined;
  try {
    runtime = await startRuntime({
      port: 0,
      outDir: path.join(folder, 'cdk.out'),
      context: { hotSkus: policy },
      observe: (seen) => {
        if (seen.kind === 'event' && !events.has(seen.detailType))
          events.set(seen.detailType, Date.now());
      },
      through: async (endpoint) => {
        governor = await startGovernor({
          endpoint,
          model: { lockMilliseconds: slower(MODEL.lockMilliseconds) },
        });
        return governor;
      },
    });
    const client = DynamoDBDocumentClient.from(
      new DynamoDBClient(localClientConfig(runtime.dynamodb)),
    );
    const record = async (): Promise<Sku> => {
      const { Item } = await client.send(
        new GetCommand({
          TableName: runtime?.tables.inventory ?? '',
          Key: skuKey(SKU),
          ConsistentRead: true,
        }),
      );
      if (Item === undefined) throw new Error(`there is no sku ${SKU}`);
      return toSku(Item);
    };
    const { windows, startedAt } = await rush(policy, runtime, record);
    const after = (name: string) => {
      const at = events.get(name);
      return at === undefined ? undefined : (at - startedAt) / MILLISECONDS_PER_SECOND;
    };
    const { heat } = await record();
    client.destroy();
    return {
      windows,
      stockHotAfter: after('StockHot'),
      shardsChangedAfter: after('StockShardsChanged'),
      heat,
    };
  } finally {
    await runtime?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function rush(
  policy: Policy,
  { api, tokenFor }: Runtime,
  record: () => Promise<Sku>,
): Promise<{ readonly windows: readonly Window[]; readonly startedAt: number }> {
  const staff = new StoryClient(api, await tokenFor('staff'));
  await staff.send('PUT', `/stock/${SKU}`, { name: 'Hot' });
  await staff.send('POST', `/stock/${SKU}/receipts`, { quantity: UNITS });
  // A cold start is not what is measured.
  await hold(api);

  const ended: Ended[] = [];
  const startedAt = Date.now();
  const until = startedAt + SECONDS * MILLISECONDS_PER_SECOND;
  const buyer = async (): Promise<void> => {
    while (Date.now() < until) ended.push(await hold(api));
  };
  const windows: Window[] = [];
  const watcher = async (): Promise<void> => {
    for (let seconds = WINDOW_SECONDS; seconds <= SECONDS; seconds += WINDOW_SECONDS) {
      const to = startedAt + seconds * MILLISECONDS_PER_SECOND;
      await delay(to - Date.now());
      const { shardCount } = await record();
      const from = to - WINDOW_SECONDS * MILLISECONDS_PER_SECOND;
      const own = ended.filter(({ at }) => at >= from && at < to);
      const window = { policy, seconds, shards: shardCount, ...summaryOf(own) };
      console.error(JSON.stringify(window));
      windows.push(window);
    }
  };
  await Promise.all([watcher(), ...Array.from({ length: BUYERS }, buyer)]);
  return { windows, startedAt };
}

async function hold(api: string): Promise<Ended> {
  const from = Date.now();
  const answer = await service.fetch(`${api}/reservations/${randomUUID()}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ lines: [{ sku: SKU, quantity: 1 }] }),
  });
  const text = await answer.text();
  if (answer.status !== 201 && answer.status !== 503)
    throw new Error(`a hold was answered ${answer.status} ${text}`);
  return { at: Date.now(), took: Date.now() - from, status: answer.status };
}

function summaryOf(ended: readonly Ended[]) {
  const held = ended.filter(({ status }) => status === 201);
  const took = held.map((one) => one.took).sort((a, b) => a - b);
  return {
    holdsPerSecond: held.length / WINDOW_SECONDS,
    toldToComeAgain: Number(((ended.length - held.length) / Math.max(ended.length, 1)).toFixed(3)),
    p50Milliseconds: quantile(took, 0.5),
  };
}

const played = new Map<Policy, Played>();
for (const policy of POLICIES) played.set(policy, await play(policy));

const windows = [...played.values()].flatMap((one) => one.windows);
const line = (policy: Policy, name: string) => ({
  name,
  points: (played.get(policy)?.windows ?? []).map(
    ({ seconds, holdsPerSecond }): [number, number] => [seconds, holdsPerSecond],
  ),
});

report('heat', {
  rows: windows.map(({ toldToComeAgain, ...window }) => ({
    ...window,
    'told to come again, %': Math.round(toldToComeAgain * 1_000) / 10,
  })),
  result: {
    buyers: BUYERS,
    seconds: SECONDS,
    lockMilliseconds: slower(MODEL.lockMilliseconds),
    ...Object.fromEntries(played),
  },
  charts: {
    heat: lineChart({
      title: 'A sku that becomes hot',
      subtitle: `${BUYERS} buyers of one sku, over HTTP on the local runtime behind the governor`,
      xName: 'seconds after the first buyer',
      yName: 'holds a second',
      series: [
        line('apply', 'hotSkus=apply: shards are raised by themselves'),
        {
          ...line('propose', 'hotSkus=propose: one cell, until somebody raises them'),
          dashed: true,
        },
      ],
    }),
  },
});
