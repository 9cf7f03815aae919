import type { CallLog, OnCall, ThrottlingStats } from '../call-log.ts';
import { DilatedClock, type ModelClock } from '../clock/model-clock.ts';
import { DEFAULT_MODEL, type DynamoDbModel } from '../model.ts';
import { forwardTo, type ProxyServer, startHttpProxy } from './http-proxy.ts';
import { ThrottlingProxy } from './throttling-proxy.ts';

export type ThrottlingServer = ProxyServer & {
  readonly calls: () => CallLog['all'];
  readonly stats: () => ThrottlingStats;
  /** While this runs, nothing is limited, late or recorded: for set-up before a bench begins. */
  readonly runUnthrottled: (work: () => Promise<void>) => Promise<void>;
  /** Clears calls and counts, not the state of partitions and locks. */
  readonly reset: () => void;
};

export type ThrottlingOptions = {
  /** Endpoint of DynamoDB Local. */
  readonly endpoint: string;
  /** Clock of the modelled time; by default the machine's. */
  readonly clock?: ModelClock;
  readonly model?: Partial<DynamoDbModel>;
  readonly onCall?: OnCall;
  /** Serves batches of reads from the cache for tables that were created through the proxy. */
  readonly servesReadsFromCache?: boolean;
};

/**
 * Starts a proxy for DynamoDB Local with the capacity and latency of DynamoDB: see `DynamoDbModel`.
 */
export async function startThrottlingProxy(options: ThrottlingOptions): Promise<ThrottlingServer> {
  const { forward, stop } = forwardTo(options.endpoint);
  const {
    clock = new DilatedClock(1),
    model = {},
    onCall = () => {},
    servesReadsFromCache = false,
  } = options;
  const throttlingProxy = new ThrottlingProxy(forward, {
    model: { ...DEFAULT_MODEL, ...model },
    clock,
    onCall,
    servesReadsFromCache,
  });
  const proxy = await startHttpProxy((incoming) => throttlingProxy.handle(incoming));
  return {
    endpoint: proxy.endpoint,
    calls: () => throttlingProxy.callLog.all,
    stats: () => throttlingProxy.stats(),
    runUnthrottled: (work) => throttlingProxy.runUnthrottled(work),
    reset: () => throttlingProxy.reset(),
    stop: async () => {
      await proxy.stop();
      stop();
    },
  };
}
