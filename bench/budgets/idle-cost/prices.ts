/**
 * Public list prices of us-east-1 in USD, without free tiers, as of 2026-11-30. Prices by the
 * request are in bench/order-cost/prices.ts, from the same list.
 */
export const USD_PER_MONTH = {
  /**
   * Each metric of a standard alarm: one that computes from several is billed for each.
   * https://aws.amazon.com/cloudwatch/pricing/
   */
  alarmMetric: 0.1,
  compositeAlarm: 0.5,
  dashboard: 3,
  /** A metric that the app writes itself, prorated by the hours that have a value. */
  customMetric: 0.3,
  /**
   * An app client for machine-to-machine tokens, for as long as it exists.
   * https://aws.amazon.com/cognito/pricing/
   */
  machineClient: 6,
  /**
   * A customer managed key, before its rotations: each of the first two adds as much.
   * https://aws.amazon.com/kms/pricing/
   */
  key: 1,
  /** https://aws.amazon.com/secrets-manager/pricing/ */
  secret: 0.4,
} as const;

/** https://aws.amazon.com/eventbridge/pricing/: EventBridge Scheduler. */
export const USD_PER_SCHEDULED_INVOCATION = 1 / 1e6;

export const HOURS_PER_MONTH = 730.5;
