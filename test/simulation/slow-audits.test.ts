import { expect, inject, test } from 'vitest';
import type { ReconciliationView } from '../../lambdas/contracts/api/reconciliation.ts';
import { idealConditions } from '../simulator/conditions.ts';
import type { HttpCallRequest } from '../simulator/functions/call-requests.ts';
import { requestWithRetry } from '../simulator/functions/retrying-client.ts';
import type { Call } from '../simulator/service-calls.ts';
import { loadSystemModel } from '../simulator/system-model.ts';
import { World } from '../simulator/world.ts';

const systemModel = await loadSystemModel(inject('assembly'));
const STAFF = { user: 'staff' };
const SECOND = 1_000;
const SKUS = 12;
const SHARDS = 10;
const isAudit = ({ service, request }: Call, of = ''): boolean =>
  service === 'http' && (request as HttpCallRequest).path.startsWith(`/audit/${of}`);

type RunSnapshot = { readonly at: number; readonly run: ReconciliationView };

/**
 * Creates SKUs, applies the faults or delays, starts a run, and reads it every five seconds until
 * it ends.
 */
async function watchRun(
  trouble: Partial<(typeof idealConditions)['faultPlan']>,
): Promise<readonly RunSnapshot[]> {
  const world = new World(systemModel);
  return world.run(async () => {
    for (let index = 0; index < SKUS; index += 1) {
      await requestWithRetry(world, `PUT /stock/sku-${index}`, {
        by: STAFF,
        body: { name: 'x', shardCount: SHARDS },
      });
      const receipt = { by: STAFF, key: `r-${index}`, body: { quantity: 20 } };
      await requestWithRetry(world, `POST /stock/sku-${index}/receipts`, receipt);
    }
    await world.settle();
    world.conditions = {
      ...idealConditions,
      faultPlan: { ...idealConditions.faultPlan, ...trouble },
    };
    const started = await requestWithRetry<{ reconciliationId: string }>(
      world,
      'POST /reconciliations',
      {
        by: STAFF,
        key: 'run',
        body: {},
      },
    );
    const startedAt = world.time.now;
    const snapshots: RunSnapshot[] = [];
    for (;;) {
      const path = `GET /reconciliations/${started.body.reconciliationId}`;
      const { body: run } = await requestWithRetry<ReconciliationView>(world, path, { by: STAFF });
      snapshots.push({ at: (world.time.now - startedAt) / SECOND, run });
      if (run.status !== 'RUNNING' || world.time.now - startedAt > 3_600 * SECOND) return snapshots;
      await world.time.wait(5 * SECOND);
    }
  });
}

test('a run whose audits take 10 s each completes and reports its pending segments', async () => {
  const snapshots = await watchRun({
    delays: (call) => (isAudit(call) ? [10 * SECOND, 0] : [0, 0]),
  });

  const last = snapshots.at(-1);
  expect(last?.run).toMatchObject({ status: 'COMPLETED', checked: { cells: SKUS * SHARDS } });
  expect(last?.at).toBeLessThan(5 * 60);
  const waiting = snapshots.slice(0, -1).map(({ run }) => run.pendingSegments);
  expect(waiting.every((parts) => parts.length > 0)).toBe(true);
  expect(new Set(waiting.map((parts) => JSON.stringify(parts))).size).toBeGreaterThan(3);
});

test('a run whose first audits time out retries and completes within two minutes', async () => {
  let missed = 0;
  const snapshots = await watchRun({
    faultOf: (call) => {
      if (!isAudit(call, 'cells') || missed >= 3) return undefined;
      missed += call.attempt === 1 ? 1 : 0;
      return 'timeoutAlways';
    },
  });

  expect(missed).toBe(3);
  expect(snapshots.at(-1)?.run.status).toBe('COMPLETED');
  expect(snapshots.at(-1)?.at).toBeLessThan(2 * 60);
});

test('a run whose worker crashes continues after the visibility timeout', async () => {
  let hasDied = false;
  const snapshots = await watchRun({
    faultOf: (call) => {
      if (!isAudit(call, 'cells') || hasDied) return undefined;
      hasDied = true;
      return 'crashBefore';
    },
  });

  expect(snapshots.at(-1)?.run.status).toBe('COMPLETED');
  expect(snapshots.at(-1)?.at).toBeLessThan(4 * 60);
});

test('a run whose audits always fail ends as FAILED and reports the reason', async () => {
  const snapshots = await watchRun({
    faultOf: (call) => (isAudit(call, 'cells') ? 'throttleAlways' : undefined),
  });

  expect(snapshots.at(-1)?.run).toMatchObject({ status: 'FAILED', pendingSegments: [] });
  expect(snapshots.at(-1)?.run.failure).toMatch(/^cells \d+: the API responded with 503/);
  expect(snapshots.at(-1)?.at).toBeLessThan(3_600);
  const messages = snapshots.flatMap(({ run }) =>
    run.pendingSegments.filter(({ failedAttempts }) => failedAttempts > 0),
  );
  expect(messages.length).toBeGreaterThan(0);
});
