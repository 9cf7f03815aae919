import { isTransactional } from '../../capacity/actions.ts';
import { NO_UNITS } from '../../capacity/request-units.ts';
import { Calls } from '../calls.ts';
import { Meter } from '../meter.ts';
import { forwardTo, type ProxyServer, startProxy } from './http-proxy.ts';
import { Mirror } from './mirror.ts';

export type Recorder = ProxyServer & {
  /** All calls since the start or the last reset, in the order of their answers. */
  readonly calls: () => Calls['all'];
  readonly reset: () => void;
};

/**
 * A proxy before DynamoDB Local that passes every request on and keeps what it was, who sent it and what AWS would bill for it. It reads
 * items of its own (images before and after a write), past the record. Tables that are created through it need fewer such reads; nothing may
 * write to them past it.
 */
export async function startRecorder({
  endpoint,
}: {
  readonly endpoint: string;
}): Promise<Recorder> {
  const { forward, stop } = forwardTo(endpoint);
  const meter = new Meter(forward, new Mirror(forward));
  const calls = new Calls();
  const proxy = await startProxy(async (incoming) => {
    const at = Date.now();
    if (incoming.api === 'DynamoDBStreams') {
      const answer = await forward(incoming);
      calls.add(incoming, answer, { at, actions: 0, transactional: false, ...NO_UNITS });
      return answer;
    }
    const actions = await meter.actionsOf(incoming);
    const { answer, units } = await meter.run(incoming, actions);
    calls.add(incoming, answer, {
      at,
      actions: actions.length,
      transactional: isTransactional(incoming),
      ...units,
    });
    return answer;
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
