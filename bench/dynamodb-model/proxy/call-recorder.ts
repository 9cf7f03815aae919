import { isTransactional } from '../../capacity/actions.ts';
import { NO_UNITS } from '../../capacity/request-units.ts';
import { CallLog } from '../call-log.ts';
import { Meter } from '../meter.ts';
import { forwardTo, type ProxyServer, startHttpProxy } from './http-proxy.ts';
import { ItemCache } from './item-cache.ts';

export type CallRecorder = ProxyServer & {
  /** All calls since the start or the last reset, in the order of their responses. */
  readonly calls: () => CallLog['all'];
  readonly reset: () => void;
};

/**
 * Starts a proxy for DynamoDB Local that forwards every request and records its content, its sender
 * and the units that AWS would bill for it. It reads items itself (images before and after a
 * write), without recording. Tables that are created through it need fewer such reads; no client
 * may write to them past it.
 */
export async function startCallRecorder({
  endpoint,
}: {
  readonly endpoint: string;
}): Promise<CallRecorder> {
  const { forward, stop } = forwardTo(endpoint);
  const meter = new Meter(forward, new ItemCache(forward));
  const calls = new CallLog();
  const proxy = await startHttpProxy(async (incoming) => {
    const at = Date.now();
    if (incoming.api === 'DynamoDBStreams') {
      const response = await forward(incoming);
      calls.add(incoming, response, { at, actions: 0, transactional: false, ...NO_UNITS });
      return response;
    }
    const actions = await meter.actionsOf(incoming);
    const { response, units } = await meter.run(incoming, actions);
    calls.add(incoming, response, {
      at,
      actions: actions.length,
      transactional: isTransactional(incoming),
      ...units,
    });
    return response;
  });
  return {
    endpoint: proxy.endpoint,
    calls: () => calls.all,
    reset: () => calls.reset(),
    stop: async () => {
      await proxy.stop();
      stop();
    },
  };
}
