import type * as z from 'zod/mini';
import { invalidRequestError } from './validation.ts';

/**
 * Encodes a position in a list as an opaque cursor. It contains a position only, so a forged cursor
 * shows nothing that the caller may not see.
 */
export const toCursor = (position: unknown): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url');

/**
 * Decodes a cursor; returns undefined without one. Throws 400 VALIDATION_FAILED for any text that
 * is not a cursor of this list.
 */
export function parseCursor<Schema extends z.ZodMiniType>(
  position: Schema,
  cursor: string | undefined,
): z.infer<Schema> | undefined {
  if (cursor === undefined) return undefined;
  const parsed = position.safeParse(parseBase64Json(cursor));
  if (parsed.success) return parsed.data;
  throw invalidRequestError('query', [
    { path: 'query.cursor', message: 'is not a cursor of this list' },
  ]);
}

function parseBase64Json(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
