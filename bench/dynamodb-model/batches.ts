import {
  type DynamoDbRequest,
  type DynamoDbResponse,
  isSuccess,
  parseBody,
  successResponse,
  withBody,
} from './proxy/protocol.ts';

type Entry = Readonly<Record<string, unknown>>;
type RequestItems = Readonly<
  Record<string, readonly unknown[] | (Entry & { readonly Keys: readonly unknown[] })>
>;

/**
 * Returns a batch without the entries at some positions (counted over its tables in their order),
 * and its response with these left unprocessed.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
 */
export function splitBatch(
  incoming: DynamoDbRequest,
  excluded: ReadonlySet<number>,
): {
  readonly incoming: DynamoDbRequest;
  readonly completed: (response: DynamoDbResponse) => DynamoDbResponse;
} {
  const requested = incoming.body.RequestItems as RequestItems;
  const field = incoming.operation === 'BatchGetItem' ? 'UnprocessedKeys' : 'UnprocessedItems';
  const without = filterEntries(requested, (index) => !excluded.has(index));
  const unprocessed = filterEntries(requested, (index) => excluded.has(index));
  return {
    incoming: withBody(incoming, { ...incoming.body, RequestItems: without }),
    completed: (response) =>
      isSuccess(response)
        ? successResponse({ ...parseBody<Entry>(response), [field]: unprocessed })
        : response,
  };
}

function filterEntries(requested: RequestItems, keep: (index: number) => boolean): RequestItems {
  let index = 0;
  const kept = <Element>(entries: readonly Element[]) => entries.filter(() => keep(index++));
  return Object.fromEntries(
    Object.entries(requested).flatMap(([table, of]): [string, RequestItems[string]][] => {
      if ('Keys' in of) {
        const Keys = kept(of.Keys);
        return Keys.length === 0 ? [] : [[table, { ...of, Keys }]];
      }
      const entries = kept(of);
      return entries.length === 0 ? [] : [[table, entries]];
    }),
  );
}
