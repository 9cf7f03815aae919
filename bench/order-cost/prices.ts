/**
 * Public list prices of us-east-1, in USD. Free tiers, discounts and monthly costs (storage,
 * backups, alarms, custom metrics, a customer-managed key) are not part of an order. Prices without
 * a page here are in the list of docs/PERFORMANCE.md.
 */
export const USD = {
  /** On demand. https://aws.amazon.com/dynamodb/pricing/on-demand/ */
  perWriteUnit: 0.625 / 1e6,
  perReadUnit: 0.125 / 1e6,
  /** https://aws.amazon.com/lambda/pricing/, arm64 */
  perInvocation: 0.2 / 1e6,
  perGigabyteSecond: 0.0000133334,
  /**
   * https://aws.amazon.com/api-gateway/pricing/: HTTP APIs by the 512 KB of a request; and REST
   * APIs, which a baseline uses.
   */
  perHttpRequest: 1 / 1e6,
  perRestRequest: 3.5 / 1e6,
  /** https://aws.amazon.com/appsync/pricing/: a query or mutation, which a baseline uses. */
  perGraphqlOperation: 4 / 1e6,
  /**
   * https://aws.amazon.com/eventbridge/pricing/: custom events by the 64 KB; an archive by the GB
   * that it stores.
   */
  perEvent: 1 / 1e6,
  perArchivedGigabyte: 0.1,
  /** https://aws.amazon.com/sqs/pricing/: standard queues, any request, by the 64 KB. */
  perQueueRequest: 0.4 / 1e6,
  /**
   * https://aws.amazon.com/sns/pricing/: a publish, which a baseline uses; deliveries to queues are
   * free.
   */
  perPublish: 0.5 / 1e6,
  /**
   * Standard workflows; retries are transitions as well.
   * https://aws.amazon.com/step-functions/pricing/
   */
  perTransition: 25 / 1e6,
  /** Ingested log data. https://aws.amazon.com/cloudwatch/pricing/ */
  perLogGigabyte: 0.5,
  /** Recorded traces. https://aws.amazon.com/xray/pricing/ */
  perTrace: 5 / 1e6,
} as const;

/**
 * Share of traced requests without a sampling rule, besides the first request of a second, which is
 * always traced. https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html
 */
export const DEFAULT_TRACED_SHARE = 0.05;

export const BYTES_PER_GIGABYTE = 2 ** 30;
export const BYTES_PER_EVENT_BILLED = 64 * 1024;
/** The architecture of the templates; the prices above are for it. */
export const ARCHITECTURE = 'arm64';
