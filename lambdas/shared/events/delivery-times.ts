/**
 * Times in the delivery of an event, in seconds. The queues, the redelivery after an error, the saga's wait and the reconciler's
 * grace are all computed from these, so that none of them gives up before another.
 */

/** Receives of a message, after which SQS moves it to the dead letter queue. */
export const RECEIVES_MAX = 5;
/** Time from an error to the next receive, by the receives so far. */
export const REDELIVERY_SECONDS = [2, 8, 30, 60] as const;
/** Timeout of a function on the path of an order: longer than the SDK's own attempts (three of 3 s), and no longer. */
export const EVENT_CONSUMER_SECONDS = 10;
/** Lambda waits this long for a batch to fill. */
export const BATCH_WINDOW_SECONDS = 0;
/**
 * Visibility timeout of a queue, in timeouts of its consumer. AWS advises six, plus the batch window: while a consumer is
 * throttled, Lambda retries a batch that it has received, and each batch that outlasts the visibility timeout costs a receive.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const CONSUMER_TIMEOUTS = 6;
/** Longest time from a change in a table to its message in a queue: stream, publish-events, bus. PUBLISH_LAG reports a longer one. */
export const BUS_SECONDS_MAX = 60;

/** Time after which a message comes back whose consumer died or timed out. */
export const visibilitySecondsOf = (consumerSeconds: number): number =>
  CONSUMER_TIMEOUTS * consumerSeconds + BATCH_WINDOW_SECONDS;

/** Time to the next receive after an error; undefined after the last one: the queue's visibility timeout then governs. */
export const redeliverySecondsAfter = (receives: number): number | undefined =>
  REDELIVERY_SECONDS[receives - 1];

/** Longest time from a message in a queue to the end of its last receive: all others fail, by an error at the last moment or a crash. */
export function queueSecondsMax(consumerSeconds: number): number {
  const failed = REDELIVERY_SECONDS.map(
    (seconds) =>
      Math.max(visibilitySecondsOf(consumerSeconds), consumerSeconds + seconds) +
      BATCH_WINDOW_SECONDS,
  );
  return failed.reduce((sum, seconds) => sum + seconds, BATCH_WINDOW_SECONDS + consumerSeconds);
}

/**
 * Age of the oldest message of a queue at which an alarm starts to count, and for how many minutes it must last. A message that fails
 * is put behind the others at its third receive, so one bad message does not hold the age up: the consumer is down, or too slow.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export const QUEUE_AGE_SECONDS_MAX = 60;
export const QUEUE_AGE_MINUTES = 3;

/** Longest time from a change to the end of what its event causes at one consumer. */
export const EVENT_SECONDS_MAX = BUS_SECONDS_MAX + queueSecondsMax(EVENT_CONSUMER_SECONDS);
/** Longest time from OrderConfirmed to the outcome at orders: two events, one after the other. */
export const STOCK_OUTCOME_SECONDS_MAX = 2 * EVENT_SECONDS_MAX;

const MINUTE_SECONDS = 60;
/**
 * Age, in whole minutes, below which a difference between two contexts is no finding: its event may still be in flight. At least as
 * long as an event takes at worst.
 */
export const GRACE_SECONDS = Math.ceil(EVENT_SECONDS_MAX / MINUTE_SECONDS) * MINUTE_SECONDS;
/** Longest time of a saga's step, with its retries and the timeouts of its function. */
export const SAGA_STEP_SECONDS_MAX = 240;
/** Time in one status of its saga after which an order is stuck: at worst it waits for its stock, the capture and PaymentCaptured. */
export const STUCK_SECONDS = STOCK_OUTCOME_SECONDS_MAX + SAGA_STEP_SECONDS_MAX + EVENT_SECONDS_MAX;
