/**
 * A point in time: milliseconds since 1970-01-01T00:00:00Z. Domain rules get it as an argument and
 * never read a clock.
 */
export type Instant = number;

/** Seconds since 1970-01-01T00:00:00Z, as in DynamoDB's TTL and in the expiry buckets of holds. */
export type EpochSeconds = number;

export const MILLISECONDS_PER_SECOND = 1000;
export const SECONDS_PER_DAY = 86_400;

export const toIso = (at: Instant): string => new Date(at).toISOString();
export const epochSecondsToIso = (at: EpochSeconds): string => toIso(at * MILLISECONDS_PER_SECOND);
export const toEpochSeconds = (at: Instant): EpochSeconds =>
  Math.floor(at / MILLISECONDS_PER_SECOND);
export const epochSecondsAfterDays = (at: Instant, days: number): EpochSeconds =>
  toEpochSeconds(at) + days * SECONDS_PER_DAY;
