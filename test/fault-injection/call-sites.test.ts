import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, inject, test } from 'vitest';
import { loadSystemModel } from '../simulator/system-model.ts';
import { casesOf, recordFlow, runCase } from './fault-matrix.ts';
import { deadLetterFlows } from './flows/dead-letter-flows.ts';
import { inventoryFlows } from './flows/inventory-flows.ts';
import { orderFlows } from './flows/order-flows.ts';
import { reconciliationFlows } from './flows/reconciliation-flows.ts';
import { sagaFlows } from './flows/saga-flows.ts';
import { shardFlows } from './flows/shard-flows.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FLOWS = [
  ...inventoryFlows,
  ...shardFlows,
  ...orderFlows,
  ...sagaFlows,
  ...reconciliationFlows,
  ...deadLetterFlows,
];

/**
 * Source lines at which the code leaves the process: a client's send or fetch, a page of a query,
 * the provider's port.
 */
const CALL_PATTERN =
  /\.(?:send|fetch)\(|\bfor await \(const .* of (?:pages|this\.#query)|\bprovider\.(?:authorize|capture|void|refund|lookup)\(|\bthis\.lookup\(/;
/** These lines forward a call that was counted where it was made. */
const FORWARDED_CALL = /^\s*(?:readonly |async )?send\(/;
/**
 * These call Stripe through sockets, which virtual time does not support:
 * test/integration/payments/stripe-provider.test.ts lets each of them fail.
 */
const STRIPE_CALL_SITES = /\/(?:stripe-\w+|sync-payment)\.ts:/;
/**
 * Lambda's Invoke, and reading a stream again: test/integration/dead-letters/redrives.test.ts lets
 * each of these fail.
 */
const REDRIVE_CALL_SITES = /\/(?:lambda-consumers|stream-replay)\.ts:/;
/**
 * API Gateway, which only a deployment calls: test/unit/api/prune-route-settings.test.ts lets each
 * of these fail.
 */
const DEPLOYMENT_CALL_SITES = /\/api-gateway-stage\.ts:/;
const CALLS_MIN = 50;

function findCallSites(): readonly string[] {
  const files = globSync(
    ['lambdas/*/adapters/*.ts', 'lambdas/shared/**/*.ts', 'lambdas/payments/use-cases/*.ts'],
    { cwd: ROOT },
  );
  return files.flatMap((file) => {
    const lines = readFileSync(path.join(ROOT, file), 'utf8').split('\n');
    return lines.flatMap((line, index) =>
      CALL_PATTERN.test(line) && !FORWARDED_CALL.test(line) && !/^\s*(?:\*|\/\/|\/\*)/.test(line)
        ? [`${file.split(path.sep).join('/')}:${index + 1}`]
        : [],
    );
  });
}

const systemModel = await loadSystemModel(inject('assembly'));

test('every call of the source is made by some flow, so that everything that may go wrong with it is tried', async () => {
  const met = new Set<string>();
  for (const flow of FLOWS) {
    const { calls, violations } = await recordFlow(systemModel, flow);
    expect(violations, flow.name).toEqual([]);
    for (const { callSites } of calls) for (const site of callSites) met.add(site);
    // Some calls are made only after another one failed: the lookup at the provider, the change of
    // a visibility timeout.
    const unanswered = casesOf(calls, 1).filter(
      ({ call, fault, invocation, callIndex }) =>
        (call === 'provider capture' && fault === 'timeout') ||
        (invocation.startsWith('orders/complete-order ') &&
          callIndex === 0 &&
          fault === 'throttleAlways'),
    );
    for (const one of unanswered) await runCase(systemModel, flow, one, (site) => met.add(site));
  }
  const elsewhere = [STRIPE_CALL_SITES, REDRIVE_CALL_SITES, DEPLOYMENT_CALL_SITES];
  const sites = findCallSites().filter((site) => !elsewhere.some((tested) => tested.test(site)));

  expect(sites.length).toBeGreaterThanOrEqual(CALLS_MIN);
  expect(sites.filter((site) => !met.has(site))).toEqual([]);
});
