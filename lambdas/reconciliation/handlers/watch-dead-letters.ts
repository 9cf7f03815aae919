import { ScheduledRun } from '../../contracts/api/reconciliation.ts';
import { scheduleHandler } from '../../shared/events/schedule-handler.ts';
import { watchDeadLetters } from '../use-cases/watch-dead-letters.ts';
import { deadLetterQueues, metrics } from '../wiring.ts';

const ports = { queues: deadLetterQueues(), metrics: metrics() };

export const handler = scheduleHandler({ input: ScheduledRun, run: () => watchDeadLetters(ports) });
