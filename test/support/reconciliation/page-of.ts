import type { Page, PageRequest } from '../../../lambdas/shared/core/page.ts';

/** Returns a page of the items. A cursor is the index of the next item. */
export const pageOf = <Item>(
  items: readonly Item[],
  { limit, cursor }: PageRequest,
): Page<Item> => {
  const from = Number(cursor ?? 0);
  const next = from + limit;
  return {
    items: items.slice(from, next),
    ...(next < items.length ? { cursor: String(next) } : {}),
  };
};
