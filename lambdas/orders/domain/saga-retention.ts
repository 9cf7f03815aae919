import type { SagaExecutionStatus } from '../../contracts/api/audit.ts';
import type { OrderStatus } from '../../contracts/api/orders.ts';
import {
  type Instant,
  MILLISECONDS_PER_SECOND,
  SECONDS_PER_DAY,
} from '../../shared/core/instant.ts';
import type { Order } from './order.ts';

/**
 * Days for which the name of an ended execution is known to be taken. Step Functions keeps it for
 * 90 days; after that the same name starts a new execution. One day less allows for clock
 * differences and long executions.
 * https://docs.aws.amazon.com/step-functions/latest/dg/limits-overview.html
 */
const EXECUTION_RETENTION_DAYS = 89;
/** Statuses in which a saga works on an order. */
const STATUSES_WITH_SAGA: ReadonlySet<OrderStatus> = new Set<OrderStatus>([
  'PAYING',
  'CONFIRMED',
  'CANCELLING',
]);

/** Returns when the order entered its status; ISO 8601. */
export const statusSinceOf = ({ timeline, createdAt }: Order): string =>
  timeline.findLast((entry, index) => entry.status !== timeline[index - 1]?.status)?.at ??
  createdAt;

const isPastRetention = (order: Order, now: Instant): boolean =>
  now - Date.parse(statusSinceOf(order)) >
  EXECUTION_RETENTION_DAYS * SECONDS_PER_DAY * MILLISECONDS_PER_SECOND;

/** Returns true when starting the order's saga again cannot create a second execution. */
export const canStartSaga = (order: Order, now: Instant): boolean =>
  STATUSES_WITH_SAGA.has(order.status) && !isPastRetention(order, now);

/**
 * Returns the status of an execution. A missing execution of an old order may have been deleted by
 * Step Functions.
 */
export const executionStatusOf = (
  order: Order,
  reported: SagaExecutionStatus,
  now: Instant,
): SagaExecutionStatus =>
  reported === 'NOT_STARTED' && isPastRetention(order, now) ? 'NOT_RETAINED' : reported;
