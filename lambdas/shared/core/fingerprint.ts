import { createHash } from 'node:crypto';

const DIGEST_CHARACTERS = 32;

/**
 * Returns a digest that does not depend on the order of an object's keys. It distinguishes a retry
 * from another request.
 */
export const fingerprintOf = (value: unknown): string => digest(canonicalJson(value));

/**
 * Returns an id that depends on the parts only: 32 characters of base64url, 192 bits of SHA-256.
 */
export const deriveId = (...parts: readonly string[]): string => digest(JSON.stringify(parts));

const digest = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, DIGEST_CHARACTERS);

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}
