/**
 * Thrown when the work could not be done now but may be done later: HTTP answers 503 with
 * Retry-After.
 */
export class RetryLaterError extends Error {
  override readonly name = 'RetryLaterError';
  readonly retryAfterSeconds: number;

  constructor(message: string, options: { retryAfterSeconds?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.retryAfterSeconds = options.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS;
  }
}

export const DEFAULT_RETRY_AFTER_SECONDS = 1;

/**
 * What the AWS SDK and Node throw when a service is busy, away or slow, after the SDK's own
 * retries.
 */
const TRANSIENT_NAMES: ReadonlySet<string> = new Set([
  'InternalServerError',
  'InternalServerException',
  'LimitExceededException',
  'NetworkingError',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestTimeout',
  'RequestTimeoutException',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'ThrottlingException',
  'TimeoutError',
  'TransactionConflictException',
  'TransactionInProgressException',
]);
const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
]);

/** True for a fault that the same request may not meet again. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    error instanceof RetryLaterError || TRANSIENT_NAMES.has(error.name) || TRANSIENT_CODES.has(code)
  );
}
