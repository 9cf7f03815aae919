import { systemRandom } from '../core/random.ts';

/**
 * Minimum width of the random part. Clients that are rejected together must not all retry at the
 * same time.
 */
const JITTER_SECONDS_MIN = 2;

/**
 * Returns a whole number of seconds for Retry-After: at least `seconds`, and longer by a random
 * part of up to half of them (or two seconds). The header takes no fractions:
 * https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function addJitterSeconds(seconds: number, random: () => number = systemRandom): number {
  const jitter = Math.max(JITTER_SECONDS_MIN, Math.ceil(seconds / 2));
  return seconds + Math.floor(random() * (jitter + 1));
}

/** Returns the seconds of a Retry-After header; undefined if it is absent or a date. */
export function retryAfterSecondsOf(headers: Pick<Headers, 'get'>): number | undefined {
  const value = headers.get('retry-after');
  return value !== null && /^\d{1,6}$/.test(value) ? Number(value) : undefined;
}
