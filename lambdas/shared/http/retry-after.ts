import { chance } from '../core/chance.ts';

/** Least width of the spread: clients that were rejected together come back within two seconds, not at one moment. */
const SPREAD_SECONDS_MIN = 2;

/**
 * Returns a whole number of seconds for Retry-After: at least `seconds`, and longer by a random part of up to half of them (or two
 * seconds). The header takes no fractions: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function spreadSeconds(seconds: number, random: () => number = chance): number {
  const spread = Math.max(SPREAD_SECONDS_MIN, Math.ceil(seconds / 2));
  return seconds + Math.floor(random() * (spread + 1));
}

/** Seconds that a response says to wait; undefined where it says nothing, or a date. */
export function retryAfterSecondsOf(headers: Pick<Headers, 'get'>): number | undefined {
  const given = headers.get('retry-after');
  return given !== null && /^\d{1,6}$/.test(given) ? Number(given) : undefined;
}
