import type { Blueprint } from '../simulator/blueprint.ts';
import { type Call, FAULTS, type Fault, isApplicable } from '../simulator/calls.ts';
import { smoothConditions } from '../simulator/conditions.ts';
import { type Flow, Stage } from './flows/stage.ts';

/** One thing that goes wrong: at a call of a flow, with so many redeliveries of everything after it. */
export type Case = {
  readonly invocation: string;
  readonly place: number;
  readonly call: string;
  readonly fault: Fault;
  readonly redeliveries: number;
};

const REDELIVERIES_MAX = 3;
const SETTLE_SECONDS = 24 * 60 * 60;

/** The flow without faults: the calls that it makes, and what is wrong with its end. */
export async function recorded(
  blueprint: Blueprint,
  flow: Flow,
  options: { readonly recordsSites?: boolean } = {},
): Promise<{ readonly calls: readonly Call[]; readonly wrong: readonly string[] }> {
  const stage = new Stage(blueprint, options);
  const wrong = await stage.world.tell(() => played(stage, flow, () => undefined));
  return { calls: stage.calls, wrong };
}

/**
 * All that may go wrong with each of the calls, with one, two and three redeliveries; or a share of it, each case with one of these:
 * every call and every fault is met by some flow.
 */
export function casesOf(calls: readonly Call[], share: 'all' | number): readonly Case[] {
  const firsts = calls.filter(({ attempt }) => attempt === 1);
  const single = firsts.flatMap((call) =>
    FAULTS.filter((fault) => isApplicable(fault, call)).map((fault) => ({
      invocation: call.invocation.name,
      place: call.place,
      call: `${call.service} ${call.operation}`,
      fault,
    })),
  );
  if (share !== 'all') {
    return single
      .filter((_, index) => index % share === 0)
      .map((one, index) => ({ ...one, redeliveries: 1 + (index % REDELIVERIES_MAX) }));
  }
  return single.flatMap((one) =>
    Array.from({ length: REDELIVERIES_MAX }, (_, redeliveries) => ({
      ...one,
      redeliveries: redeliveries + 1,
    })),
  );
}

/** What is wrong after the flow met the case; empty for a good end. `tellSite` is told where its calls were made from. */
export async function metBy(
  blueprint: Blueprint,
  flow: Flow,
  of: Case,
  tellSite?: (site: string) => void,
): Promise<readonly string[]> {
  const stage = new Stage(blueprint, { recordsSites: tellSite !== undefined });
  const wrong = await stage.world.tell(() =>
    played(stage, flow, () => {
      stage.world.conditions = {
        ...smoothConditions,
        trouble: {
          delays: () => [0, 0],
          faultOf: ({ invocation, place }) => {
            if (invocation.name !== of.invocation || place !== of.place) return undefined;
            // From now on: before, they would make it another call's turn.
            stage.redeliveries = of.redeliveries;
            return of.fault;
          },
        },
        post: { delay: () => 0, isRepeated: (_, receives) => receives <= stage.redeliveries },
        isBatchRepeated: () => stage.redeliveries > 0,
      };
    }),
  );
  for (const { sites } of stage.calls) for (const site of sites) tellSite?.(site);
  return stage.faults.length > 0 ? wrong : [...wrong, 'the call that should fail was never made'];
}

async function played(stage: Stage, flow: Flow, trouble: () => void): Promise<readonly string[]> {
  const { world } = stage;
  try {
    await flow.prepare?.(stage);
    await world.settle(SETTLE_SECONDS);
    trouble();
    stage.isRecording = true;
    await flow.act(stage);
    await world.settle(SETTLE_SECONDS);
    stage.isRecording = false;
    stage.redeliveries = 0;
    world.conditions = smoothConditions;
    await flow.check?.(stage);
    await world.settle(SETTLE_SECONDS);
  } catch (fault) {
    return [`${fault instanceof Error ? fault.message : String(fault)}`];
  }
  const statuses = stage.statuses();
  const { ends = [[]] } = flow;
  const isKnown = ends.some((end) => JSON.stringify([...end].sort()) === JSON.stringify(statuses));
  return [
    ...stage.verdict(),
    ...(isKnown ? [] : [`the orders came to ${JSON.stringify(statuses)}`]),
  ];
}
