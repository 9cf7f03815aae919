import type * as z from 'zod/mini';
import { invalidRequest } from './http-request.ts';

/** An opaque place in a list. It holds a position only, so a forged one can show nothing that the caller may not see. */
export const toCursor = (position: unknown): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url');

/** The position in a cursor, undefined for none. Throws 400 VALIDATION_FAILED for what is not a cursor of this list. */
export function fromCursor<Schema extends z.ZodMiniType>(
  position: Schema,
  cursor: string | undefined,
): z.infer<Schema> | undefined {
  if (cursor === undefined) return undefined;
  const read = position.safeParse(decode(cursor));
  if (read.success) return read.data;
  throw invalidRequest('query', [
    { path: 'query.cursor', message: 'is not a cursor of this list' },
  ]);
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
