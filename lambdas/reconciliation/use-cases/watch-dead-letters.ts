import { log } from '../../shared/observability/logger.ts';
import type { DeadLetterQueues, Gauges } from './ports.ts';

type Ports = { readonly queues: DeadLetterQueues; readonly gauges: Gauges };

/**
 * Counts the messages of all dead letter queues. Writes their sum as one metric, and a log line for each queue that is not empty. Writes
 * nothing while all are empty, because a metric is billed for each hour that has a value. Throws when a queue cannot be counted.
 */
export async function watchDeadLetters({ queues, gauges }: Ports): Promise<void> {
  const waiting = (await queues.depths()).filter(({ messages }) => messages > 0);
  if (waiting.length === 0) return;
  for (const { name, messages } of waiting)
    log.warn('dead letters wait', { queue: name, messages });
  const sum = waiting.reduce((total, { messages }) => total + messages, 0);
  gauges.put({ DeadLetters: { value: sum, unit: 'Count' } });
}
