import type { Grants } from './expected-context.ts';
import { inventory } from './inventory.ts';
import { orders } from './orders.ts';

/** Names of the subscriptions: an event has a queue, and two dead-letter queues. */
export const subscriptionNames = [...inventory.subscriptions, ...orders.subscriptions].map(
  ({ rule }) => rule.replace(/\/Rule$/, ''),
);
const DEAD_LETTER_QUEUES = [
  ...subscriptionNames.flatMap((name) => [`${name}/Failed`, `${name}/Undelivered`]),
  'inventory/StockLevels/Failed',
  'inventory/LevelSchedule/Undelivered',
  'inventory/EventPublishing/Failed',
  'orders/EventPublishing/Failed',
  'payments/EventPublishing/Failed',
  'reconciliation/DeadLetters/CountSchedule/Undelivered',
  'reconciliation/DriftAlarms/Undelivered',
  'reconciliation/WatchSchedule/Undelivered',
  'reconciliation/Schedule/Undelivered',
  'reconciliation/EventPublishing/Failed',
  'reconciliation/Work/Failed',
  'shared/BusFailed',
];

export const onDeadLetters = (actions: string): Grants =>
  Object.fromEntries(DEAD_LETTER_QUEUES.map((queue) => [queue, actions]));
