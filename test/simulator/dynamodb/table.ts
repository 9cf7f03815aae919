import type { TableProperties } from '../../../local/cloud-assembly/property-schemas.ts';
import { compareText, type Item, isSameItem, type Value } from './values.ts';

export type Key = { readonly pk: string; readonly sk: string };
/** One change of an item, as in a stream. */
export type ItemChange = {
  readonly key: Item;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
};

type Projection = NonNullable<TableProperties['GlobalSecondaryIndexes']>[number]['Projection'];
type KeyNames = { readonly hash: string; readonly range: string | undefined };

/** The items of a table or an index under one hash key, in the order of their range keys. */
type Partition = { items: Item[] };

const textOf = (value: Value | undefined): string | undefined =>
  value?.S ?? (value?.N === undefined ? undefined : value.N);

const compareKeys = (one: Value | undefined, other: Value | undefined): number =>
  one?.N !== undefined && other?.N !== undefined
    ? Number(one.N) - Number(other.N)
    : compareText(textOf(one) ?? '', textOf(other) ?? '');

class Index {
  readonly names: KeyNames;
  /** Attributes that a read of the index returns; undefined for all. */
  readonly projected: ReadonlySet<string> | undefined;
  readonly #partitions = new Map<string, Partition>();
  readonly #tieBreakerOf: (item: Item) => string;

  constructor(
    names: KeyNames,
    tieBreakerOf: (item: Item) => string,
    projected?: readonly string[],
  ) {
    this.names = names;
    this.projected = projected && new Set(projected);
    this.#tieBreakerOf = tieBreakerOf;
  }

  replace(before: Item | undefined, after: Item | undefined): void {
    if (before !== undefined && this.#has(before)) {
      const partition = this.#partitions.get(this.#hashOf(before));
      partition?.items.splice(this.#positionOf(partition.items, before), 1);
      if (partition?.items.length === 0) this.#partitions.delete(this.#hashOf(before));
    }
    if (after === undefined || !this.#has(after)) return;
    const hash = this.#hashOf(after);
    const partition = this.#partitions.get(hash) ?? { items: [] };
    this.#partitions.set(hash, partition);
    partition.items.splice(this.#positionOf(partition.items, after), 0, after);
  }

  itemsOf(hash: string): readonly Item[] {
    return this.#partitions.get(hash)?.items ?? [];
  }

  /** Returns the item as projected into the index. */
  project(item: Item): Item {
    const { projected } = this;
    return projected === undefined
      ? item
      : Object.fromEntries(Object.entries(item).filter(([name]) => projected.has(name)));
  }

  partitionKeys(): string[] {
    return [...this.#partitions.keys()];
  }

  compare(one: Item, other: Item): number {
    const { range } = this.names;
    return (
      (range === undefined ? 0 : compareKeys(one[range], other[range])) ||
      compareText(this.#tieBreakerOf(one), this.#tieBreakerOf(other))
    );
  }

  #has(item: Item): boolean {
    const { hash, range } = this.names;
    return (
      textOf(item[hash]) !== undefined && (range === undefined || textOf(item[range]) !== undefined)
    );
  }

  #hashOf(item: Item): string {
    return textOf(item[this.names.hash]) ?? '';
  }

  /** Returns the position of the first item that does not sort before this one. */
  #positionOf(items: readonly Item[], item: Item): number {
    let [low, high] = [0, items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const found = items[middle];
      if (found !== undefined && this.compare(found, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const keyNamesOf = (schema: TableProperties['KeySchema']): KeyNames => {
  const nameOf = (type: 'HASH' | 'RANGE') =>
    schema.find(({ KeyType }) => KeyType === type)?.AttributeName;
  return { hash: nameOf('HASH') ?? '', range: nameOf('RANGE') };
};

const projectedAttributes = (
  { ProjectionType, NonKeyAttributes = [] }: Projection,
  keys: readonly string[],
): readonly string[] | undefined =>
  ProjectionType === 'ALL' ? undefined : [...keys, ...NonKeyAttributes];

/** A table in memory, with its indexes, which never lag, and the subscribers of its stream. */
export class Table {
  readonly name: string;
  readonly keyNames: readonly string[];
  readonly ttlAttribute: string | undefined;
  readonly primaryIndex: Index;
  readonly #items = new Map<string, Item>();
  readonly #indexes: ReadonlyMap<string, Index>;
  readonly #subscribers: ((change: ItemChange) => void)[] = [];

  constructor(name: string, properties: TableProperties) {
    this.name = name;
    const names = keyNamesOf(properties.KeySchema);
    this.keyNames = [names.hash, ...(names.range === undefined ? [] : [names.range])];
    this.ttlAttribute = properties.TimeToLiveSpecification?.AttributeName;
    this.primaryIndex = new Index(names, () => '');
    this.#indexes = new Map(
      (properties.GlobalSecondaryIndexes ?? []).map(({ IndexName, KeySchema, Projection }) => [
        IndexName,
        new Index(
          keyNamesOf(KeySchema),
          (item) => this.idOf(item),
          projectedAttributes(Projection, [
            ...this.keyNames,
            ...KeySchema.map(({ AttributeName }) => AttributeName),
          ]),
        ),
      ]),
    );
  }

  index(name: string | undefined): Index {
    const index = name === undefined ? this.primaryIndex : this.#indexes.get(name);
    if (index === undefined) throw new Error(`table ${this.name} has no index ${name}`);
    return index;
  }

  keyOf(item: Item): Item {
    return Object.fromEntries(
      this.keyNames.flatMap((name) => (item[name] === undefined ? [] : [[name, item[name]]])),
    );
  }

  idOf(item: Item): string {
    return this.keyNames.map((name) => textOf(item[name]) ?? '').join('\u0000');
  }

  get(key: Item): Item | undefined {
    return this.#items.get(this.idOf(key));
  }

  items(): IterableIterator<Item> {
    return this.#items.values();
  }

  /**
   * Replaces the item under its key, or removes it. A write that changes nothing adds no record to
   * the stream.
   */
  write(key: Item, after: Item | undefined): void {
    const id = this.idOf(key);
    const before = this.#items.get(id);
    if (after === undefined) this.#items.delete(id);
    else this.#items.set(id, after);
    this.primaryIndex.replace(before, after);
    for (const index of this.#indexes.values()) index.replace(before, after);
    if (
      before === after ||
      (before !== undefined && after !== undefined && isSameItem(before, after))
    )
      return;
    for (const notify of this.#subscribers) notify({ key: this.keyOf(key), before, after });
  }

  subscribe(notify: (change: ItemChange) => void): void {
    this.#subscribers.push(notify);
  }

  /** Removes items whose TTL has expired at `epochSeconds`. */
  removeExpiredItems(epochSeconds: number): void {
    const { ttlAttribute } = this;
    if (ttlAttribute === undefined) return;
    for (const item of [...this.#items.values()]) {
      const ttl = item[ttlAttribute]?.N;
      if (ttl !== undefined && Number(ttl) < epochSeconds) this.write(item, undefined);
    }
  }
}
