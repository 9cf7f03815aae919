import { startDynamoDbLocal } from '../local/dynamodb/dynamodb.ts';
import { parseNumberOptions } from '../test/support/number-options.ts';
import { lineChart } from './charts.ts';
import { DEFAULT_MODEL } from './dynamodb-model/model.ts';
import {
  createPlainRowBuyer,
  createRowAndOrderBuyer,
  createStockbookBuyer,
  putRow,
} from './hot-sku/purchases.ts';
import { type RushResult, runRush } from './hot-sku/rush.ts';
import { openShop, type Shop } from './hot-sku/shop.ts';
import { publishReport } from './report.ts';
import { inventoryTableProperties } from './table-properties.ts';

/**
 * Measures the holds per second of one SKU, by its shards and its concurrent buyers: `npm run bench
 * -- hot-sku`. `--seconds` sets the model's time for each figure. The real use case and its adapter
 * run against the DynamoDB model, whose assumptions are in bench/dynamodb-model/model.ts.
 */
const USAGE = 'npm run bench -- hot-sku [--seconds 1] [--save]';
const { seconds: SECONDS } = parseNumberOptions(USAGE, { seconds: 1 }, ['save']);
/** More buyers give a figure of the same accuracy in less time. */
const BUYER_SECONDS = SECONDS * 64;
const SECONDS_MIN = 0.5;
/** Time until buckets are empty and the buyers are no longer synchronized. */
const WARM_SECONDS = 0.4;
/** Short, so that the measurement does not include units that were saved before. */
const BURST_SECONDS = 0.2;
const SHARDS = [1, 2, 5, 10, 20];
const BUYERS = [64, 256];
/** Number of shards for the measurement of latency under load. */
const SHARDS_UNDER_LOAD = 10;
const BUYERS_UNDER_LOAD = [8, 16, 32, 128];
/** More units than a run can sell. */
const UNITS = 900_000;
type Design = 'stockbook' | 'row and order' | 'plain row';
type HotSkuCase = {
  readonly design: Design;
  readonly shards: number;
  readonly buyers: number;
  readonly isolates: boolean;
};
type MeasuredCase = HotSkuCase & RushResult;

const CREATE_BUYER = {
  stockbook: createStockbookBuyer,
  'row and order': createRowAndOrderBuyer,
  'plain row': createPlainRowBuyer,
};

const cases: readonly HotSkuCase[] = [
  ...BUYERS.flatMap((buyers) => [
    ...SHARDS.map(
      (shards): HotSkuCase => ({ design: 'stockbook', shards, buyers, isolates: true }),
    ),
    ...(['row and order', 'plain row'] as const).map(
      (design): HotSkuCase => ({ design, shards: 1, buyers, isolates: true }),
    ),
  ]),
  ...BUYERS_UNDER_LOAD.flatMap((buyers): HotSkuCase[] => [
    { design: 'stockbook', shards: SHARDS_UNDER_LOAD, buyers, isolates: true },
    { design: 'row and order', shards: 1, buyers, isolates: true },
  ]),
  // The state before DynamoDB has isolated busy keys.
  { design: 'stockbook', shards: 20, buyers: 64, isolates: false },
];

async function measure(endpoint: string, one: HotSkuCase): Promise<MeasuredCase> {
  const { design, shards, buyers, isolates: isolatesBusyKeys } = one;
  const seconds = Math.max(SECONDS_MIN, Math.min(SECONDS, BUYER_SECONDS / buyers));
  const shop: Shop = await openShop({
    endpoint,
    tableProperties,
    shards,
    units: UNITS,
    model: { isolatesBusyKeys, burstSeconds: BURST_SECONDS },
  });
  try {
    if (design !== 'stockbook')
      await shop.throttlingServer.runUnthrottled(() => putRow(shop, UNITS));
    const crowd = Array.from({ length: buyers }, () => CREATE_BUYER[design](shop));
    const rushed = await runRush(shop, crowd, { warmSeconds: WARM_SECONDS, seconds });
    const measured = { ...one, ...rushed };
    console.error(JSON.stringify(toRow(measured)));
    return measured;
  } finally {
    await shop.close();
  }
}

const roundTo = (value: number, digits = 1): number => Number(value.toFixed(digits));
const toRow = (one: MeasuredCase) => ({
  design: one.isolates ? one.design : `${one.design}, keys not isolated`,
  shards: one.shards,
  buyers: one.buyers,
  'holds/s': Math.round(one.holdsPerSecond),
  'p50 ms': Math.round(one.p50Milliseconds),
  'p99 ms': Math.round(one.p99Milliseconds),
  'shed %': roundTo(one.shedRate * 100),
  'conflicts/hold': roundTo(one.conflictsPerHold, 2),
  'throttles/hold': roundTo(one.throttlesPerHold, 2),
  'write units/hold': roundTo(one.writeUnitsPerHold),
  'read units/hold': roundTo(one.readUnitsPerHold),
  'calls/hold': roundTo(one.callsPerHold),
});

const tableProperties = inventoryTableProperties();
const local = await startDynamoDbLocal({ busyFor: 'minutes' });
const results: MeasuredCase[] = [];
try {
  for (const one of cases) results.push(await measure(local.endpoint, one));
} finally {
  await local.stop();
}

const findResult = (design: Design, buyers: number, shards = 1): MeasuredCase | undefined =>
  results.find(
    (one) =>
      one.design === design && one.buyers === buyers && one.shards === shards && one.isolates,
  );
const throughputRatio = (buyers: number, shards: number): number =>
  roundTo(
    (findResult('stockbook', buyers, shards)?.holdsPerSecond ?? 0) /
      (findResult('stockbook', buyers)?.holdsPerSecond ?? 0),
    2,
  );
const tenShards64Buyers = findResult('stockbook', 64, 10);
const goals = {
  tenShardsAgainstOne: {
    goal: 8,
    with64: throughputRatio(64, 10),
    with256: throughputRatio(256, 10),
  },
  twentyShardsAgainstOne: {
    goal: 14,
    with64: throughputRatio(64, 20),
    with256: throughputRatio(256, 20),
  },
  p99Milliseconds: { goal: 250, reached: Math.round(tenShards64Buyers?.p99Milliseconds ?? 0) },
  shedPercent: { goal: 15, reached: roundTo((tenShards64Buyers?.shedRate ?? 0) * 100) },
};

const FIRST_SHARDS = SHARDS[0] ?? 1;
const LAST_SHARDS = SHARDS.at(-1) ?? 1;
const throughput = lineChart({
  title: 'Holds of one SKU, by number of shards',
  subtitle: 'simulated with the DynamoDB model; dashed: one row per SKU, as in other systems',
  xName: 'shards',
  yName: 'successful holds per second',
  series: [
    ...BUYERS.map((buyers) => ({
      name: `${buyers} buyers`,
      points: SHARDS.map(
        (shards) => [shards, findResult('stockbook', buyers, shards)?.holdsPerSecond ?? 0] as const,
      ),
    })),
    ...(['row and order', 'plain row'] as const).map((design) => ({
      name:
        design === 'plain row'
          ? 'plain row, 64 buyers (units may be lost)'
          : 'row and order, 64 buyers',
      dashed: true,
      points: [FIRST_SHARDS, LAST_SHARDS].map(
        (x) => [x, findResult(design, 64)?.holdsPerSecond ?? 0] as const,
      ),
    })),
  ],
});
const crowds = [...BUYERS, ...BUYERS_UNDER_LOAD].sort((a, b) => a - b);
const latency = lineChart({
  title: 'Latency of a hold, by number of concurrent buyers',
  subtitle: `successful holds only; ${SHARDS_UNDER_LOAD} shards, and one row with an order's record`,
  xName: 'concurrent buyers',
  yName: 'milliseconds',
  logX: true,
  logY: true,
  series: (
    [
      ['stockbook', SHARDS_UNDER_LOAD],
      ['row and order', 1],
    ] as const
  ).flatMap(([design, shards]) =>
    (['p50Milliseconds', 'p99Milliseconds'] as const).map((figure) => ({
      name: `${design}, ${figure.slice(0, 3)}`,
      dashed: design !== 'stockbook',
      points: crowds.map(
        (buyers) => [buyers, findResult(design, buyers, shards)?.[figure] ?? 0] as const,
      ),
    })),
  ),
});

publishReport('hot-sku', {
  rows: results.map(toRow),
  result: {
    warmSeconds: WARM_SECONDS,
    model: { ...DEFAULT_MODEL, burstSeconds: BURST_SECONDS },
    goals,
    results,
  },
  charts: { 'hot-sku-throughput': throughput, 'hot-sku-latency': latency },
});
