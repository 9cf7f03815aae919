import { type Answer, bodyOf, done, type Incoming, isDone, withBody } from './proxy/wire.ts';

type Entry = Readonly<Record<string, unknown>>;
type Requested = Readonly<
  Record<string, readonly unknown[] | (Entry & { readonly Keys: readonly unknown[] })>
>;

/**
 * A batch without the entries at some places (counted over its tables in their order), and its answer with these left unprocessed.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
 */
export function partOf(
  incoming: Incoming,
  left: ReadonlySet<number>,
): { readonly incoming: Incoming; readonly completed: (answer: Answer) => Answer } {
  const requested = incoming.body.RequestItems as Requested;
  const field = incoming.operation === 'BatchGetItem' ? 'UnprocessedKeys' : 'UnprocessedItems';
  const without = only(requested, (place) => !left.has(place));
  const unprocessed = only(requested, (place) => left.has(place));
  return {
    incoming: withBody(incoming, { ...incoming.body, RequestItems: without }),
    completed: (answer) =>
      isDone(answer) ? done({ ...bodyOf<Entry>(answer), [field]: unprocessed }) : answer,
  };
}

function only(requested: Requested, keep: (place: number) => boolean): Requested {
  let place = 0;
  const kept = <Element>(entries: readonly Element[]) => entries.filter(() => keep(place++));
  return Object.fromEntries(
    Object.entries(requested).flatMap(([table, of]): [string, Requested[string]][] => {
      if ('Keys' in of) {
        const Keys = kept(of.Keys);
        return Keys.length === 0 ? [] : [[table, { ...of, Keys }]];
      }
      const entries = kept(of);
      return entries.length === 0 ? [] : [[table, entries]];
    }),
  );
}
