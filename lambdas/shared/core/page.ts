/** A page of a list, and the cursor of the next page. */
export type Page<Item> = { readonly items: readonly Item[]; readonly cursor?: string };
export type PageRequest = { readonly limit: number; readonly cursor?: string | undefined };

export const toPageView = <Item, View>(
  { items, cursor }: Page<Item>,
  toView: (item: Item) => View,
) => ({
  items: items.map(toView),
  ...(cursor === undefined ? {} : { cursor }),
});
