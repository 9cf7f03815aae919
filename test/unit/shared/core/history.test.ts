import { expect, test } from 'vitest';
import { appendEntry, HISTORY_ENTRIES_MAX } from '../../../../lambdas/shared/core/history.ts';

type Entry = { readonly number: number; readonly omitted?: number };
const historyOf = (entries: number): readonly Entry[] =>
  Array.from({ length: entries }, (_, index) => ({ number: index + 1 })).reduce<readonly Entry[]>(
    appendEntry<Entry>,
    [],
  );

test.each([
  [HISTORY_ENTRIES_MAX - 1, 0],
  [HISTORY_ENTRIES_MAX, 0],
  [HISTORY_ENTRIES_MAX + 1, 1],
  [10 * HISTORY_ENTRIES_MAX, 9 * HISTORY_ENTRIES_MAX],
])(
  'a history of %i entries keeps the first and the latest, and counts the %i omitted ones',
  (entries, omitted) => {
    const history = historyOf(entries);

    expect(history).toHaveLength(Math.min(entries, HISTORY_ENTRIES_MAX));
    expect(history[0]).toEqual({ number: 1 });
    expect(history.at(-1)).toEqual({ number: entries });
    expect(history[1]).toEqual({ number: 2 + omitted, ...(omitted === 0 ? {} : { omitted }) });
    expect(history.reduce((sum, one) => sum + 1 + (one.omitted ?? 0), 0)).toBe(entries);
  },
);
