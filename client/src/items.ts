import type { Client } from 'openapi-fetch';
import type { paths } from './generated/openapi.ts';
import { unwrap } from './problems.ts';

type PageOf<Path extends keyof paths> = paths[Path] extends {
  readonly get: {
    readonly parameters: { readonly query?: { readonly cursor?: string } };
    readonly responses: {
      readonly 200: { readonly content: { readonly 'application/json': infer Page } };
    };
  };
}
  ? Page extends { readonly items: readonly unknown[]; readonly cursor?: string }
    ? Page
    : never
  : never;

/** Paths of lists. */
export type ListPath = {
  [Path in keyof paths]: [PageOf<Path>] extends [never] ? never : Path;
}[keyof paths];
export type ListItem<Path extends ListPath> = PageOf<Path>['items'][number];
type QueryOf<Path extends ListPath> = paths[Path] extends {
  readonly get: { readonly parameters: { readonly query?: infer Query } };
}
  ? Omit<NonNullable<Query>, 'cursor'>
  : never;
/** Parameters of a list, except the cursor. Those of the path are required. */
export type ListParams<Path extends ListPath> = paths[Path] extends {
  readonly get: { readonly parameters: { readonly path: infer Parameters } };
}
  ? [params: { readonly path: Parameters; readonly query?: QueryOf<Path> }]
  : [params?: { readonly query?: QueryOf<Path> }];

type Result<Item> = {
  readonly response: Response;
  readonly data?: { readonly items: readonly Item[]; readonly cursor?: string };
  readonly error?: unknown;
};

/** Yields the items of all pages. Throws StockbookError if a page cannot be read. */
export async function* listItems<Path extends ListPath>(
  client: Client<paths>,
  path: Path,
  ...[params]: ListParams<Path>
): AsyncGenerator<ListItem<Path>> {
  let cursor: string | undefined;
  do {
    const query = { ...params?.query, ...(cursor === undefined ? {} : { cursor }) };
    // The compiler cannot match the parameters of a path that is a type parameter.
    const result = await client.GET(path, { params: { ...params, query } } as never);
    const page = unwrap(result as Result<ListItem<Path>>);
    yield* page.items;
    ({ cursor } = page);
  } while (cursor !== undefined);
}
