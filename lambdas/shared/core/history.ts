/**
 * Maximum number of entries of a history in a record: 100 entries of 300 bytes are far below
 * DynamoDB's 400 KB.
 */
export const HISTORY_ENTRIES_MAX = 100;

/** `omitted` is the number of entries that were left out before this one. */
type Entry = { readonly omitted?: number };

/**
 * Adds an entry. At the maximum, the oldest entry after the first is left out, and counted in the
 * next one.
 */
export function appendEntry<E extends Entry>(history: readonly E[], entry: E): readonly E[] {
  const [first, second, next, ...rest] = history;
  if (
    history.length < HISTORY_ENTRIES_MAX ||
    first === undefined ||
    second === undefined ||
    next === undefined
  )
    return [...history, entry];
  const omitted = (next.omitted ?? 0) + (second.omitted ?? 0) + 1;
  return [first, { ...next, omitted }, ...rest, entry];
}
