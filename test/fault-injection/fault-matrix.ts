import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { idealConditions } from '../simulator/conditions.ts';
import { type Call, FAULTS, type Fault, isFaultApplicable } from '../simulator/service-calls.ts';
import type { SystemModel } from '../simulator/system-model.ts';
import { type Flow, Harness } from './flows/harness.ts';

/** One thing that goes wrong: at a call of a flow, with so many redeliveries of everything after it. */
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
/** A flow without faults: the calls that it makes, and what is wrong with its end. */
export type Recording = {
  readonly calls: readonly RecordedCall[];
  readonly violations: readonly string[];
};

/**
 * Returns the recording of a flow. It is made once for an assembly and kept in its folder: the tests
 * of the matrix and those of call sites, which run in several processes, all need it.
 */
export async function recordFlow(systemModel: SystemModel, flow: Flow): Promise<Recording> {
  const name = createHash('sha256').update(flow.name).digest('hex');
  const file = path.join(systemModel.assembly, 'recordings', `${name}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const harness = new Harness(systemModel, { recordsCallSites: true });
  const violations = await harness.world.run(() => playFlow(harness, flow, () => undefined));
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
  mkdirSync(path.dirname(file), { recursive: true });
  // Another process reads the whole recording or none.
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(recording));
  renameSync(`${file}.${process.pid}`, file);
  return recording;
}

/**
 * All that may go wrong with each of the calls, with one, two and three redeliveries; or a share of it, each case with one of these:
 * every call and every fault is met by some flow.
 */
export function casesOf(
  calls: readonly RecordedCall[],
  sampleEvery: 'all' | number,
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
    return casesOfOneFault
      .filter((_, index) => index % sampleEvery === 0)
      .map((one, index) => ({ ...one, redeliveries: 1 + (index % REDELIVERIES_MAX) }));
  }
  return casesOfOneFault.flatMap((one) =>
    Array.from({ length: REDELIVERIES_MAX }, (_, redeliveries) => ({
      ...one,
      redeliveries: redeliveries + 1,
    })),
  );
}

/** What is wrong after the flow met the case; empty for a good end. `tellSite` is told where its calls were made from. */
export async function runCase(
  systemModel: SystemModel,
  flow: Flow,
  faultCase: FaultCase,
  onCallSite?: (site: string) => void,
): Promise<readonly string[]> {
  const harness = new Harness(systemModel, { recordsCallSites: onCallSite !== undefined });
  const violations = await harness.world.run(() =>
    playFlow(harness, flow, () => {
      harness.world.conditions = {
        ...idealConditions,
        faultPlan: {
          delays: () => [0, 0],
          faultOf: ({ invocation, index }) => {
            if (invocation.name !== faultCase.invocation || index !== faultCase.callIndex)
              return undefined;
            // From now on: before, they would make it another call's turn.
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
    : [...violations, 'the call that should fail was never made'];
}

async function playFlow(
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
  } catch (fault) {
    return [`${fault instanceof Error ? fault.message : String(fault)}`];
  }
  const statuses = harness.orderStatuses();
  const { allowedOrderStatuses = [[]] } = flow;
  const isAllowed = allowedOrderStatuses.some(
    (end) => JSON.stringify([...end].sort()) === JSON.stringify(statuses),
  );
  return [
    ...harness.findViolations(),
    ...(isAllowed ? [] : [`the orders came to ${JSON.stringify(statuses)}`]),
  ];
}
