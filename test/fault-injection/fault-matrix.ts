import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inject } from 'vitest';
import { idealConditions } from '../simulator/conditions.ts';
import { type Call, FAULTS, type Fault, isFaultApplicable } from '../simulator/service-calls.ts';
import type { SystemModel } from '../simulator/system-model.ts';
import { type Flow, Harness } from './flows/harness.ts';

/** One fault at one call of a flow, with a number of redeliveries of everything after it. */
export type FaultCase = {
  readonly invocation: string;
  readonly callIndex: number;
  readonly call: string;
  readonly fault: Fault;
  readonly redeliveries: number;
};

const REDELIVERIES_MAX = 3;
const SETTLE_SECONDS = 24 * 60 * 60;

export type RecordedCall = Pick<
  Call,
  'service' | 'operation' | 'index' | 'attempt' | 'callSites'
> & { readonly invocation: string };
/** Calls and violations of a flow without faults. */
export type Recording = {
  readonly calls: readonly RecordedCall[];
  readonly violations: readonly string[];
};

/**
 * Returns the recording of a flow. It is made once per run and stored in a file, because several
 * processes need it.
 */
export async function recordFlow(systemModel: SystemModel, flow: Flow): Promise<Recording> {
  const name = createHash('sha256').update(flow.name).digest('hex');
  const file = path.join(inject('recordings'), `${name}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const harness = new Harness(systemModel, { recordsCallSites: true });
  const violations = await harness.world.run(() => runFlow(harness, flow, () => undefined));
  const calls = harness.calls.map(
    ({ invocation, service, operation, index, attempt, callSites }) => ({
      invocation: invocation.name,
      service,
      operation,
      index,
      attempt,
      callSites,
    }),
  );
  const recording: Recording = { calls, violations };
  // A rename is atomic, so no other process reads an incomplete file.
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(recording));
  renameSync(`${file}.${process.pid}`, file);
  return recording;
}

/**
 * Returns every fault of every call with one, two and three redeliveries. For a sample, returns one
 * of `sampleEvery` faults, each with one of these numbers. `offset` selects the sample.
 */
export function casesOf(
  calls: readonly RecordedCall[],
  sampleEvery: 'all' | number,
  offset = 0,
): readonly FaultCase[] {
  const firstAttempts = calls.filter(({ attempt }) => attempt === 1);
  const casesOfOneFault = firstAttempts.flatMap((call) =>
    FAULTS.filter((fault) => isFaultApplicable(fault, call)).map((fault) => ({
      invocation: call.invocation,
      callIndex: call.index,
      call: `${call.service} ${call.operation}`,
      fault,
    })),
  );
  if (sampleEvery !== 'all') {
    const first = offset % Math.min(sampleEvery, casesOfOneFault.length);
    return casesOfOneFault
      .filter((_, index) => index % sampleEvery === first)
      .map((one, index) => ({ ...one, redeliveries: 1 + ((index + offset) % REDELIVERIES_MAX) }));
  }
  return casesOfOneFault.flatMap((one) =>
    Array.from({ length: REDELIVERIES_MAX }, (_, redeliveries) => ({
      ...one,
      redeliveries: redeliveries + 1,
    })),
  );
}

/**
 * Runs a flow with one fault and returns its violations; empty for a correct result. Calls
 * `onCallSite` with the source line of each call.
 */
export async function runCase(
  systemModel: SystemModel,
  flow: Flow,
  faultCase: FaultCase,
  onCallSite?: (site: string) => void,
): Promise<readonly string[]> {
  const harness = new Harness(systemModel, { recordsCallSites: onCallSite !== undefined });
  const violations = await harness.world.run(() =>
    runFlow(harness, flow, () => {
      harness.world.conditions = {
        ...idealConditions,
        faultPlan: {
          delays: () => [0, 0],
          faultOf: ({ invocation, index }) => {
            if (invocation.name !== faultCase.invocation || index !== faultCase.callIndex)
              return undefined;
            // Earlier redeliveries would change the order of the calls.
            harness.redeliveries = faultCase.redeliveries;
            return faultCase.fault;
          },
        },
        messageDelivery: {
          delayMilliseconds: () => 0,
          isRedelivered: (_, receives) => receives <= harness.redeliveries,
        },
        isBatchRedelivered: () => harness.redeliveries > 0,
      };
    }),
  );
  for (const { callSites } of harness.calls) for (const site of callSites) onCallSite?.(site);
  return harness.injectedFaults.length > 0
    ? violations
    : [...violations, 'the flow never made the call of the fault'];
}

async function runFlow(
  harness: Harness,
  flow: Flow,
  injectFault: () => void,
): Promise<readonly string[]> {
  const { world } = harness;
  try {
    await flow.prepare?.(harness);
    await world.settle(SETTLE_SECONDS);
    injectFault();
    harness.isRecording = true;
    await flow.act(harness);
    await world.settle(SETTLE_SECONDS);
    harness.isRecording = false;
    harness.redeliveries = 0;
    world.conditions = idealConditions;
    await flow.check?.(harness);
    await world.settle(SETTLE_SECONDS);
  } catch (error) {
    return [`${error instanceof Error ? error.message : String(error)}`];
  }
  const statuses = harness.orderStatuses();
  const { allowedOrderStatuses = [[]] } = flow;
  const isAllowed = allowedOrderStatuses.some(
    (allowed) => JSON.stringify([...allowed].sort()) === JSON.stringify(statuses),
  );
  return [
    ...harness.findViolations(),
    ...(isAllowed ? [] : [`the final statuses of the orders are ${JSON.stringify(statuses)}`]),
  ];
}
