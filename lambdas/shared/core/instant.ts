/**
 * A point in time: milliseconds since 1970-01-01T00:00:00Z. Passed in, never read from a clock by a
 * rule.
 */
export type Instant = number;

/** Seconds since 1970-01-01T00:00:00Z, as DynamoDB's TTL and the slots of a hold use them. */
export type EpochSeconds = number;

export const MILLISECONDS_PER_SECOND = 1000;
export const SECONDS_PER_DAY = 86_400;

export const toIso = (at: Instant): string => new Date(at).toISOString();
export const epochSecondsToIso = (at: EpochSeconds): string => toIso(at * MILLISECONDS_PER_SECOND);
export const toEpochSeconds = (at: Instant): EpochSeconds =>
  Math.floor(at / MILLISECONDS_PER_SECOND);
export const epochSecondsAfterDays = (at: Instant, days: number): EpochSeconds =>
  toEpochSeconds(at) + days * SECONDS_PER_DAY;
