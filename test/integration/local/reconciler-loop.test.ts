import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type TestContext, test } from 'vitest';
import { placementKey } from '../../../lambdas/orders/adapters/order-items.ts';
import { listen } from '../../../local/api/http-server.ts';
import { localClientConfig } from '../../../local/dynamodb/dynamodb.ts';
import type { Observation } from '../../../local/functions/observation.ts';
import { CHAIN_INVOCATIONS_MAX } from '../../../local/functions/request-chain.ts';
import { loadFactor } from '../../../local/load-factor.ts';
import { startRuntime } from '../../../local/runtime.ts';

const WAIT = { timeout: 90_000 * loadFactor(), interval: 100 };
/** Number of records in a page of an audit. */
const PAGE_RECORDS = 100;
/** More pages than Lambda allows invocations in one chain. */
const PAGES = CHAIN_INVOCATIONS_MAX + 3;
const BATCH_WRITES_MAX = 25;
/** Longer than the time after which the reconciler starts no page. */
const PAGE_MILLISECONDS = 1_100;
const WORKER = 'ProcessWork';

type Progress = {
  readonly status: string;
  readonly pendingSegments: readonly { readonly target: string; readonly pages: number }[];
};

/**
 * Starts Stockbook with a reconciler whose time ends after each page, and starts a reconciliation
 * of a table with many pages.
 */
async function startReconciliation(app: string, { onTestFinished }: TestContext) {
  const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-loop-'));
  const seen: Observation[] = [];
  const runtime = await startRuntime({
    port: 0,
    logDirectory: folder,
    app,
    context: { reconcileSegments: '1' },
    dynamodbProxy: startSlowScanProxy,
    observe: (one) => 'functionName' in one && one.functionName.includes(WORKER) && seen.push(one),
  });
  onTestFinished(async () => {
    await runtime.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const call = async <Body>(method: string, route: string): Promise<Body> => {
    const response = await fetch(runtime.api + route, {
      method,
      headers: {
        authorization: `Bearer ${await runtime.tokenFor('staff')}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
      },
      ...(method === 'GET' ? {} : { body: '{}' }),
    });
    return (await response.json()) as Body;
  };
  await fillTable(runtime.dynamodb, runtime.tables.orders ?? '');
  const { reconciliationId } = await call<{ reconciliationId: string }>('POST', '/reconciliations');
  return {
    progress: () => call<Progress>('GET', `/reconciliations/${reconciliationId}`),
    rejections: () => seen.filter(({ kind }) => kind === 'rejectedInvocation'),
  };
}

/**
 * Starts a proxy of DynamoDB Local in which a page of a table takes longer than the reconciler has
 * for a message.
 */
async function startSlowScanProxy(endpoint: string) {
  const proxy = await listen(async (request) => {
    const { method, headers } = request;
    const body = await request.arrayBuffer();
    if (headers.get('x-amz-target')?.endsWith('.Scan')) await delay(PAGE_MILLISECONDS);
    return fetch(endpoint, { method, headers, body });
  }, 0);
  return { endpoint: proxy.url, stop: proxy.stop };
}

/** Writes records of placements, which are not orders, so that their pages are quick to audit. */
async function fillTable(endpoint: string, table: string): Promise<void> {
  const client = new DynamoDBClient(localClientConfig(endpoint));
  for (let from = 0; from < PAGES * PAGE_RECORDS; from += BATCH_WRITES_MAX) {
    const writes = Array.from({ length: BATCH_WRITES_MAX }, (_, index) => {
      const operationId = `op-${from + index}`;
      const placement = { operationId, orderId: `ord_${from + index}`, fingerprint: 'none' };
      return {
        PutRequest: {
          Item: marshall({ ...placementKey(operationId), type: 'placement', ...placement }),
        },
      };
    });
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: writes } }));
  }
  client.destroy();
}

const TEST_OPTIONS = { timeout: 180_000 * loadFactor() };

test.concurrent(
  'a reconciliation with more pages than invocations in a chain completes',
  TEST_OPTIONS,
  async (context) => {
    const { expect } = context;
    const { progress, rejections } = await startReconciliation(
      'test/support/e2e/short-work-app.ts',
      context,
    );

    await expect.poll(async () => (await progress()).status, WAIT).toBe('COMPLETED');
    expect(rejections()).toEqual([]);
  },
);

test.concurrent(
  'a reconciliation stops after 16 pages when its function may not loop, and its message is rejected',
  TEST_OPTIONS,
  async (context) => {
    const { expect } = context;
    const { progress, rejections } = await startReconciliation(
      'test/support/e2e/stopped-loop-app.ts',
      context,
    );

    await expect
      .poll(rejections, WAIT)
      .toEqual([
        expect.objectContaining({ by: 'queue', errorType: 'RecursiveInvocationException' }),
      ]);
    expect(await progress()).toMatchObject({
      status: 'RUNNING',
      pendingSegments: [{ target: 'orders', pages: CHAIN_INVOCATIONS_MAX }],
    });
  },
);
