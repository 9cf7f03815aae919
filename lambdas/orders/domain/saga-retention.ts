import type { SagaExecutionStatus } from '../../contracts/audit-api.ts';
import type { OrderStatus } from '../../contracts/orders-api.ts';
import {
  type Instant,
  MILLISECONDS_PER_SECOND,
  SECONDS_PER_DAY,
} from '../../shared/core/instant.ts';
import type { Order } from './order.ts';

/**
 * Step Functions keeps an execution, and with it its name, for 90 days after its end; then the same name starts another one. The day less
 * is for clocks and for a saga that runs for long. https://docs.aws.amazon.com/step-functions/latest/dg/limits-overview.html
 */
const EXECUTION_RETENTION_DAYS = 89;
/** A saga works on an order only in these. */
const STATUSES_WITH_SAGA: ReadonlySet<OrderStatus> = new Set<OrderStatus>([
  'PAYING',
  'CONFIRMED',
  'CANCELLING',
]);

/** When the order came to be in its status; ISO 8601. */
export const statusSinceOf = ({ timeline, createdAt }: Order): string =>
  timeline.findLast((entry, index) => entry.status !== timeline[index - 1]?.status)?.at ??
  createdAt;

const isPastRetention = (order: Order, now: Instant): boolean =>
  now - Date.parse(statusSinceOf(order)) >
  EXECUTION_RETENTION_DAYS * SECONDS_PER_DAY * MILLISECONDS_PER_SECOND;

/** True where starting the order's saga again is sure to be the same execution, if there was one. */
export const canStartSaga = (order: Order, now: Instant): boolean =>
  STATUSES_WITH_SAGA.has(order.status) && !isPastRetention(order, now);

/** What is known of an execution: one that is not there may have been forgotten, if it is old enough. */
export const executionStatusOf = (
  order: Order,
  reported: SagaExecutionStatus,
  now: Instant,
): SagaExecutionStatus =>
  reported === 'NOT_STARTED' && isPastRetention(order, now) ? 'NOT_RETAINED' : reported;
