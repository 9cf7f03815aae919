import type { Calls } from './calls.ts';
import { Governing, type GovernorStats } from './governing.ts';
import { forwardTo, type ProxyServer, startProxy } from './http-proxy.ts';
import { MODEL, type Model } from './model.ts';

export type Governor = ProxyServer & {
  readonly calls: () => Calls['all'];
  readonly stats: () => GovernorStats;
  /** Forgets calls and counts, not the state of partitions and locks. */
  readonly reset: () => void;
};

export type GovernorOptions = {
  /** Of DynamoDB Local. */
  readonly endpoint: string;
  /** By how much slower than real the modelled time runs; 1 is real time. */
  readonly dilation?: number;
  readonly model?: Partial<Model>;
};

/** A proxy before DynamoDB Local that is as busy and as limited as DynamoDB: see `Model`. */
export async function startGovernor(options: GovernorOptions): Promise<Governor> {
  const { forward, stop } = forwardTo(options.endpoint);
  const governing = new Governing(forward, { ...MODEL, ...options.model }, options.dilation ?? 1);
  const proxy = await startProxy((incoming) => governing.handle(incoming));
  return {
    endpoint: proxy.endpoint,
    calls: () => governing.calls.all,
    stats: () => governing.stats(),
    reset: () => governing.reset(),
    stop: async () => {
      await proxy.stop();
      stop();
    },
  };
}
