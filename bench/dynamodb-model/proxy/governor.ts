import type { Calls, GovernorStats, Observe } from '../calls.ts';
import { type Clock, DilatedClock } from '../clock/model-clock.ts';
import { MODEL, type Model } from '../model.ts';
import { Governing } from './governing.ts';
import { forwardTo, type ProxyServer, startProxy } from './http-proxy.ts';

export type Governor = ProxyServer & {
  readonly calls: () => Calls['all'];
  readonly stats: () => GovernorStats;
  /** While this is done nothing is limited, late or recorded: for what a bench puts there before it begins. */
  readonly ease: (work: () => Promise<void>) => Promise<void>;
  /** Forgets calls and counts, not the state of partitions and locks. */
  readonly reset: () => void;
};

export type GovernorOptions = {
  /** Of DynamoDB Local. */
  readonly endpoint: string;
  /** Of the modelled time; by default it is the machine's. */
  readonly clock?: Clock;
  readonly model?: Partial<Model>;
  readonly observe?: Observe;
  /** Spares DynamoDB Local batches of reads of tables that were created through the governor. */
  readonly answersReads?: boolean;
};

/** A proxy before DynamoDB Local that is as busy and as limited as DynamoDB: see `Model`. */
export async function startGovernor(options: GovernorOptions): Promise<Governor> {
  const { forward, stop } = forwardTo(options.endpoint);
  const {
    clock = new DilatedClock(1),
    model = {},
    observe = () => {},
    answersReads = false,
  } = options;
  const governing = new Governing(forward, {
    model: { ...MODEL, ...model },
    clock,
    observe,
    answersReads,
  });
  const proxy = await startProxy((incoming) => governing.handle(incoming));
  return {
    endpoint: proxy.endpoint,
    calls: () => governing.calls.all,
    stats: () => governing.stats(),
    ease: (work) => governing.ease(work),
    reset: () => governing.reset(),
    stop: async () => {
      await proxy.stop();
      stop();
    },
  };
}
