import type { Item } from './item-size.ts';

/** The attributes of a key: partition key, and the sort key if there is one. */
export type KeyNames = readonly [partition: string, sort?: string];

export type IndexShape = {
  readonly name: string;
  readonly key: KeyNames;
  /** `all`, or the attributes that are projected besides the keys of table and index. */
  readonly projected: 'all' | readonly string[];
};

/** The properties of a table that determine capacity. */
export type TableShape = {
  readonly name: string;
  readonly key: KeyNames;
  readonly indexes: readonly IndexShape[];
};

type KeyElement = {
  readonly AttributeName?: string | undefined;
  readonly KeyType?: string | undefined;
};
type TableDescription = {
  readonly KeySchema?: readonly KeyElement[] | undefined;
  readonly GlobalSecondaryIndexes?:
    | readonly {
        readonly IndexName?: string | undefined;
        readonly KeySchema?: readonly KeyElement[] | undefined;
        readonly Projection?:
          | {
              readonly ProjectionType?: string | undefined;
              readonly NonKeyAttributes?: readonly string[] | undefined;
            }
          | undefined;
      }[]
    | undefined;
  readonly LocalSecondaryIndexes?: readonly unknown[] | undefined;
};

/**
 * Returns the shape from the input of CreateTable, the output of DescribeTable, or a template's
 * properties. Throws for local secondary indexes.
 */
export function toTableShape(name: string, described: TableDescription): TableShape {
  if ((described.LocalSecondaryIndexes ?? []).length > 0)
    throw new Error(`${name} has local secondary indexes, which are not supported.`);
  return {
    name,
    key: toKeyNames(described.KeySchema),
    indexes: (described.GlobalSecondaryIndexes ?? []).map(
      ({ IndexName = '', KeySchema, Projection }) => ({
        name: IndexName,
        key: toKeyNames(KeySchema),
        projected:
          Projection?.ProjectionType === 'ALL' ? 'all' : (Projection?.NonKeyAttributes ?? []),
      }),
    ),
  };
}

function toKeyNames(schema: readonly KeyElement[] = []): KeyNames {
  const named = (type: string) => schema.find(({ KeyType }) => KeyType === type)?.AttributeName;
  const [partition, sort] = [named('HASH'), named('RANGE')];
  if (partition === undefined) throw new Error('The key schema has no partition key.');
  return sort === undefined ? [partition] : [partition, sort];
}

/** Returns the attributes with these names. */
export const pickAttributes = (item: Item, names: Iterable<string>): Item =>
  Object.fromEntries(
    [...names].flatMap((name) => (item[name] === undefined ? [] : [[name, item[name]]])),
  );

export const keyAttributesOf = ([partition, sort]: KeyNames): string[] =>
  sort === undefined ? [partition] : [partition, sort];

/** Returns an item's entry in an index; undefined if the item lacks the index's key. */
export function toIndexEntry(
  index: IndexShape,
  table: TableShape,
  item: Item | undefined,
): Item | undefined {
  if (item === undefined || keyAttributesOf(index.key).some((name) => item[name] === undefined))
    return undefined;
  if (index.projected === 'all') return item;
  return pickAttributes(
    item,
    new Set([...keyAttributesOf(table.key), ...keyAttributesOf(index.key), ...index.projected]),
  );
}
