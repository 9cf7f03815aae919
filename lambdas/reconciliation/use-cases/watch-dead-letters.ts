import { logger } from '../../shared/observability/logger.ts';
import type { DeadLetterQueues, Metrics } from './ports.ts';

type WatchDeadLettersPorts = { readonly queues: DeadLetterQueues; readonly metrics: Metrics };

/**
 * Counts the messages of all dead-letter queues. Writes their sum as one metric, and a log line for
 * each queue that is not empty. Writes nothing while all queues are empty, because a metric is
 * billed for each hour that has a value. Throws if a queue cannot be counted.
 */
export async function watchDeadLetters({ queues, metrics }: WatchDeadLettersPorts): Promise<void> {
  const nonEmpty = (await queues.getDepths()).filter(({ messages }) => messages > 0);
  if (nonEmpty.length === 0) return;
  for (const { name, messages } of nonEmpty)
    logger.warn('dead-letter queue not empty', { queue: name, messages });
  const sum = nonEmpty.reduce((total, { messages }) => total + messages, 0);
  metrics.putMetrics({ DeadLetters: { value: sum, unit: 'Count' } });
}
