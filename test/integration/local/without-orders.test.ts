import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AwsClient } from 'aws4fetch';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runSmokeTest } from '../../../cli/smoke-test.ts';
import { DEVELOPER_CREDENTIALS, region } from '../../../local/account.ts';
import { loadFactor } from '../../../local/load-factor.ts';
import { type Runtime, startRuntime } from '../../../local/runtime.ts';

const WAIT = { timeout: 60_000 * loadFactor(), interval: 200 };
const SEGMENTS = '1';

let folder: string;
let runtime: Runtime;
let staff: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'stockbook-no-orders-'));
  const context = { orders: 'false', reconcileSegments: SEGMENTS };
  runtime = await startRuntime({ port: 0, logDirectory: folder, context });
  staff = await runtime.tokenFor('staff');
});
afterAll(async () => {
  await runtime?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Sends a request as staff, with the body as its idempotency key. */
async function send(method: string, route: string, body?: object) {
  const response = await fetch(runtime.api + route, {
    method,
    headers: {
      authorization: `Bearer ${staff}`,
      'content-type': 'application/json',
      'idempotency-key': `${method}-${route.replaceAll('/', '-')}`,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test('a service holds units, and a reconciliation completes without findings', async () => {
  const service = new AwsClient({
    ...DEVELOPER_CREDENTIALS,
    region: region(),
    service: 'execute-api',
    retries: 0,
  });
  await send('POST', '/stock/tea/receipts', { quantity: 5, createSku: true });
  const held = await service.fetch(`${runtime.api}/reservations/res-1`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ lines: [{ sku: 'tea', quantity: 2 }] }),
  });
  expect(held.status).toBe(201);

  const started = await send('POST', '/reconciliations', {});
  await vi.waitFor(async () => {
    const { body } = await send('GET', `/reconciliations/${started.body.reconciliationId}`);
    expect(body).toMatchObject({
      status: 'COMPLETED',
      findings: 0,
      checked: { cells: 1, orders: 0, payments: 0 },
    });
  }, WAIT);
});

test('has no route of orders', async () => {
  expect((await send('GET', '/staff/orders')).status).toBe(404);
});

test('the smoke test without a customer tests stock only', async () => {
  const steps: string[] = [];

  const result = await runSmokeTest({
    staff: { url: runtime.api, token: staff },
    customer: undefined,
    sku: 'smoke-1',
    paymentMethod: 'pm_ok',
    waitSecondsMax: 10,
    onStep: (step) => steps.push(step),
  });

  expect(result).toEqual({ failures: [], leftovers: [] });
  expect(steps).toEqual([
    'the API responds',
    'stock is received',
    'the received units are available',
  ]);
});
