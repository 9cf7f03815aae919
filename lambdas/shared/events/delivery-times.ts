/**
 * Times in the delivery of an event, in seconds. The queues, the redelivery after an error, the
 * saga's wait and the reconciler's grace period are all calculated from these, so that none of them
 * ends too early for another.
 */

/** Number of receives after which SQS moves a message to the dead-letter queue. */
export const RECEIVES_MAX = 5;
/** Time from an error to the next receive, by the number of receives so far. */
export const REDELIVERY_SECONDS = [2, 8, 30, 60] as const;
/**
 * Timeout of a function on the path of an order: just long enough for the SDK's own attempts (three
 * of 3 s).
 */
export const EVENT_CONSUMER_SECONDS = 10;
/** Time that Lambda waits for a batch to fill. */
export const BATCH_WINDOW_SECONDS = 0;
/**
 * Visibility timeout of a queue, as a multiple of its consumer's timeout. AWS recommends six, plus
 * the batch window. While a consumer is throttled, Lambda retries a received batch; each time the
 * visibility timeout ends before the batch is handled, the receive counts without an attempt.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const CONSUMER_TIMEOUTS = 6;
/**
 * Maximum time from a change in a table to its message in a queue, through the stream,
 * publish-events and the bus. PUBLISH_LAG reports a longer time.
 */
export const BUS_SECONDS_MAX = 60;

/** Returns the time until a message is received again whose consumer crashed or timed out. */
export const visibilitySecondsOf = (consumerSeconds: number): number =>
  CONSUMER_TIMEOUTS * consumerSeconds + BATCH_WINDOW_SECONDS;

/**
 * Returns the time from an error to the next receive. Undefined after the last receive, when the
 * queue's visibility timeout applies.
 */
export const redeliverySecondsAfter = (receives: number): number | undefined =>
  REDELIVERY_SECONDS[receives - 1];

/**
 * Returns the maximum time from the arrival of a message in a queue to the end of its last receive,
 * if all earlier receives fail by an error just before the timeout or by a crash.
 */
export function queueSecondsMax(consumerSeconds: number): number {
  const failed = REDELIVERY_SECONDS.map(
    (seconds) =>
      Math.max(visibilitySecondsOf(consumerSeconds), consumerSeconds + seconds) +
      BATCH_WINDOW_SECONDS,
  );
  return failed.reduce((sum, seconds) => sum + seconds, BATCH_WINDOW_SECONDS + consumerSeconds);
}

/**
 * Age of the oldest message in a queue that raises an alarm if it lasts for QUEUE_AGE_MINUTES. SQS
 * moves a failing message behind the others at its third receive, so a single bad message does not
 * raise the alarm: the consumer is down or too slow.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export const QUEUE_AGE_SECONDS_MAX = 60;
export const QUEUE_AGE_MINUTES = 3;

/** Maximum time from a change until one consumer has handled its event. */
export const EVENT_SECONDS_MAX = BUS_SECONDS_MAX + queueSecondsMax(EVENT_CONSUMER_SECONDS);
/** Maximum time from OrderConfirmed to the stock outcome at orders: two consecutive events. */
export const STOCK_OUTCOME_SECONDS_MAX = 2 * EVENT_SECONDS_MAX;

const MINUTE_SECONDS = 60;
/**
 * Age below which a difference between two contexts is no finding, because its event may still be
 * in flight: the maximum time of an event, rounded up to whole minutes.
 */
export const GRACE_SECONDS = Math.ceil(EVENT_SECONDS_MAX / MINUTE_SECONDS) * MINUTE_SECONDS;
/** Maximum time of a saga step, including its retries and the timeouts of its function. */
export const SAGA_STEP_SECONDS_MAX = 240;
/**
 * Time in one status of the saga after which an order is stuck. In the worst case it waits for the
 * stock outcome, the capture and PaymentCaptured.
 */
export const STUCK_SECONDS = STOCK_OUTCOME_SECONDS_MAX + SAGA_STEP_SECONDS_MAX + EVENT_SECONDS_MAX;
