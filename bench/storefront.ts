import { DemoClient } from '../local/demo/demo-client.ts';
import { parseNumberOptions } from '../test/support/number-options.ts';
import { isOwnTable } from './order-cost/cost.ts';
import { shortName } from './order-cost/cost-report.ts';
import { createOrderCostEnvironment } from './order-cost/environment.ts';
import { unitTotalsOf } from './order-cost/usage.ts';
import { publishReport } from './report.ts';
import { levelsUrlOf, SHOP_SKUS, stockShopPage } from './storefront/shop-page.ts';

/**
 * Measures what a page of 50 SKUs waits for, and what it reads:
 * `npm run bench -- storefront --requests 1000 --save`. The requests go over HTTP to the local
 * runtime, one at a time and in turns: the levels of the SKUs, the same with their ETag, the
 * availability of the same SKUs by location (for staff, strongly consistent), and the health check,
 * whose function reads nothing.
 */
const WARM_UP_REQUESTS = 20;

const USAGE = 'npm run bench -- storefront [--requests 1000] [--save]';
const { requests } = parseNumberOptions(USAGE, { requests: 1_000 }, ['save']);
if (requests < 1) throw new Error(`--requests must be at least 1, not ${requests}.`);

type Subject = {
  readonly name: string;
  readonly functionName: string;
  readonly status: number;
  readonly send: () => Promise<Response>;
};

const environment = await createOrderCostEnvironment({ publicAvailability: 'true' });
try {
  const { api, tokenFor } = environment.runtime;
  const token = await tokenFor('staff');
  await stockShopPage(environment, new DemoClient(api, token));
  const subjects = await subjectsOf(api, token);
  for (const subject of subjects)
    for (let count = 0; count < WARM_UP_REQUESTS; count += 1) await timeOf(subject);
  const usages: Awaited<ReturnType<typeof usageOf>>[] = [];
  for (const subject of subjects) usages.push(await usageOf(subject));
  const times = subjects.map((): number[] => []);
  for (let count = 0; count < requests; count += 1)
    for (const [index, subject] of subjects.entries()) times[index]?.push(await timeOf(subject));

  const results = subjects.map(({ name, status }, index) => ({
    request: name,
    status,
    p50Milliseconds: percentileOf(times[index] ?? [], 0.5),
    p99Milliseconds: percentileOf(times[index] ?? [], 0.99),
    ...usages[index],
  }));
  publishReport('storefront', {
    rows: results,
    result: { skus: SHOP_SKUS.length, requests, results },
  });
} finally {
  await environment.stop();
}

async function subjectsOf(api: string, token: string): Promise<readonly Subject[]> {
  const url = levelsUrlOf(api);
  const etag = (await fetch(url)).headers.get('etag') ?? '';
  return [
    {
      name: 'GET /shop/availability',
      functionName: 'inventory-GetShopAvailability',
      status: 200,
      send: () => fetch(url),
    },
    {
      name: 'GET /shop/availability with its ETag',
      functionName: 'inventory-GetShopAvailability',
      status: 304,
      send: () => fetch(url, { headers: { 'if-none-match': etag } }),
    },
    {
      name: 'POST /availability',
      functionName: 'inventory-ReadAvailability',
      status: 200,
      send: () =>
        fetch(`${api}/availability`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ skus: SHOP_SKUS }),
        }),
    },
    {
      name: 'GET /health',
      functionName: 'shared-GetHealth',
      status: 200,
      send: () => fetch(`${api}/health`),
    },
  ];
}

/** Returns the milliseconds from a request to the end of its response. */
async function timeOf({ name, status, send }: Subject): Promise<number> {
  const startedAt = performance.now();
  const response = await send();
  await response.arrayBuffer();
  const milliseconds = performance.now() - startedAt;
  if (response.status !== status)
    throw new Error(`${name} returned ${response.status}, not ${status}.`);
  return milliseconds;
}

/** Returns the DynamoDB calls and read units of one request, and the size of its body. */
async function usageOf({ functionName, send }: Subject) {
  await environment.takeUsageWhenIdle();
  const { byteLength: bodyBytes } = await (await send()).arrayBuffer();
  const usage = environment.takeUsage();
  const calls = new Map(
    [...usage.calls].filter(([, call]) => shortName(call.functionName) === functionName),
  );
  const totals = unitTotalsOf({ ...usage, calls }, isOwnTable);
  return { calls: totals.calls, readUnits: totals.readUnits, bodyBytes };
}

/** Returns the nearest-rank percentile, to a tenth of a millisecond. */
function percentileOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return Number((sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN).toFixed(1));
}
