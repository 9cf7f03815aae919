import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, inject, test } from 'vitest';
import { loadSystemModel } from '../simulator/system-model.ts';
import { casesOf, recordFlow, runCase } from './fault-matrix.ts';
import { countFlows } from './flows/count-flows.ts';
import { deadLetterFlows } from './flows/dead-letter-flows.ts';
import { bookDriftFlows, orderDriftFlows } from './flows/drift-flows.ts';
import { erasureFlows } from './flows/erasure-flows.ts';
import { inventoryFlows } from './flows/inventory-flows.ts';
import { levelFlows } from './flows/level-flows.ts';
import { locationFlows } from './flows/location-flows.ts';
import { orderFlows } from './flows/order-flows.ts';
import { runFlows } from './flows/run-flows.ts';
import { sagaFlows } from './flows/saga-flows.ts';
import { serviceFlows } from './flows/service-flows.ts';
import { shardFlows } from './flows/shard-flows.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FLOWS = [
  ...inventoryFlows,
  ...serviceFlows,
  ...locationFlows,
  ...levelFlows,
  ...shardFlows,
  ...orderFlows,
  ...erasureFlows,
  ...sagaFlows,
  ...bookDriftFlows,
  ...orderDriftFlows,
  ...runFlows,
  ...countFlows,
  ...deadLetterFlows,
];

/**
 * Matches source lines that call a service: a client's send or fetch, a page of a query, and the
 * provider's port.
 */
const CALL_PATTERN =
  /\.(?:send|fetch)\(|\bfor await \(const .* of (?:pages|this\.#query)|\bprovider\.(?:authorize|capture|void|refund|lookup)\(|\bthis\.lookup\(/;
/** Matches lines that forward a call; its caller is counted instead. */
const FORWARDED_CALL = /^\s*(?:readonly |async )?send\(/;
/**
 * Calls of Stripe through sockets, which virtual time does not support. The faults are injected in
 * test/integration/payments/stripe-provider.test.ts.
 */
const STRIPE_CALL_SITES = /\/(?:stripe-\w+|sync-payment)\.ts:/;
/**
 * Lambda's Invoke and the replay of a stream. The faults are injected in
 * test/integration/dead-letters/redrives.test.ts.
 */
const REDRIVE_CALL_SITES = /\/(?:lambda-consumers|stream-replay)\.ts:/;
/**
 * API Gateway, which only a deployment calls. The faults are injected in
 * test/unit/api/prune-route-settings.test.ts.
 */
const DEPLOYMENT_CALL_SITES = /\/api-gateway-stage\.ts:/;
const CALLS_MIN = 50;

function findCallSites(): readonly string[] {
  const files = globSync(
    ['lambdas/*/adapters/**/*.ts', 'lambdas/shared/**/*.ts', 'lambdas/payments/use-cases/*.ts'],
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

test('some flow makes every call of the source, so that each of its faults is injected', async () => {
  const coveredSites = new Set<string>();
  for (const flow of FLOWS) {
    const { calls, violations } = await recordFlow(systemModel, flow);
    expect(violations, flow.name).toEqual([]);
    for (const { callSites } of calls) for (const site of callSites) coveredSites.add(site);
    // Some calls follow only a failed one: the provider's lookup and the change of a visibility
    // timeout.
    const failingCases = casesOf(calls, 1).filter(
      ({ call, fault, invocation, callIndex }) =>
        (call === 'provider capture' && fault === 'timeout') ||
        (invocation.startsWith('orders/complete-order ') &&
          callIndex === 0 &&
          fault === 'throttleAlways'),
    );
    for (const one of failingCases)
      await runCase(systemModel, flow, one, (site) => coveredSites.add(site));
  }
  const coveredElsewhere = [STRIPE_CALL_SITES, REDRIVE_CALL_SITES, DEPLOYMENT_CALL_SITES];
  const sites = findCallSites().filter(
    (site) => !coveredElsewhere.some((pattern) => pattern.test(site)),
  );

  expect(sites.length).toBeGreaterThanOrEqual(CALLS_MIN);
  expect(sites.filter((site) => !coveredSites.has(site))).toEqual([]);
});
