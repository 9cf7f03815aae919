import type { CallLog, ThrottlingStats } from '../call-log.ts';
import { DilatedClock } from '../clock/model-clock.ts';
import { DEFAULT_MODEL } from '../model.ts';
import { forwardTo, type ProxyServer, startHttpProxy } from './http-proxy.ts';
import { type ThrottlingOptions, ThrottlingProxy } from './throttling-proxy.ts';

export type ThrottlingServer = ProxyServer & {
  readonly calls: () => CallLog['all'];
  readonly stats: () => ThrottlingStats;
  /** While this runs, nothing is limited, late or recorded: for set-up before a bench begins. */
  readonly runUnthrottled: (work: () => Promise<void>) => Promise<void>;
  /** Clears calls and counts, not the state of partitions and locks. */
  readonly reset: () => void;
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
