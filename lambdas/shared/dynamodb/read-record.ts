import type * as z from 'zod/mini';
import {
  type ReadRecords,
  type UnreadableRecord,
  UnreadableRecordError,
} from '../core/unreadable-record.ts';
import { logger } from '../observability/logger.ts';
import type { Item } from './item.ts';

type Key = { readonly pk: string; readonly sk: string };

export type RecordKindOptions<Value> = {
  readonly table: string;
  /** Value of the attribute `type`; undefined for records that have none. */
  readonly type: string | undefined;
  /** Prefix of the partition key; the id follows it. */
  readonly pk: string;
  /** Start of the sort key. */
  readonly sk: string;
  readonly schema: z.ZodMiniType<Value>;
  /** Returns the key that the record's attributes name. It must be the key of the item. */
  readonly keyOf?: (value: Value) => Partial<Key>;
  /** Attributes that are stored with the value but are not part of it. */
  readonly storageOnly?: readonly string[];
  /** Masks a key that identifies a person. */
  readonly maskKey?: (key: string) => string;
};

/** One kind of record of a table: its keys, and how it is read. */
export type RecordKind<Value> = {
  readonly name: string;
  readonly table: string;
  readonly matches: (item: Item) => boolean;
  /**
   * Returns the value with all its attributes, including those that the schema does not have.
   * Throws UnreadableRecordError.
   */
  readonly read: (item: Item) => Value;
};

export function defineRecordKind<Value>(options: RecordKindOptions<Value>): RecordKind<Value> {
  const { table, type, pk, sk, schema, keyOf, storageOnly = [], maskKey } = options;
  const storageAttributes = new Set(['pk', 'sk', 'type', ...storageOnly]);
  const fail = (item: Item, problem: string): never => {
    const key = `${item.pk} ${item.sk}`;
    const named =
      maskKey === undefined ? { key, id: String(item.pk).slice(pk.length) } : { key: maskKey(key) };
    throw new UnreadableRecordError({ table, ...named, problem });
  };
  return {
    name: type ?? pk,
    table,
    matches: (item) => String(item.pk).startsWith(pk) && String(item.sk).startsWith(sk),
    read: (item) => {
      if (item.type !== type) fail(item, `type: must be ${type ?? 'absent'}`);
      const parsed = schema.safeParse(item);
      if (!parsed.success) return fail(item, describeIssues(parsed.error, item));
      const named: Partial<Key> = keyOf?.(parsed.data) ?? {};
      if ((named.pk ?? item.pk) !== item.pk || (named.sk ?? item.sk) !== item.sk)
        fail(item, 'its attributes name another key');
      const attributes = Object.entries(item).filter(([name]) => !storageAttributes.has(name));
      // The schema has checked each attribute of the type.
      return Object.fromEntries(attributes) as Value;
    },
  };
}

/**
 * Reads each item separately. Returns the values, and a description of each item that cannot be
 * read.
 */
export function separateUnreadable<Value>(
  items: readonly Item[],
  read: (item: Item) => Value,
): ReadRecords<Value> {
  const readable: Value[] = [];
  const unreadable: UnreadableRecord[] = [];
  for (const item of items) {
    try {
      readable.push(read(item));
    } catch (error) {
      if (!(error instanceof UnreadableRecordError)) throw error;
      unreadable.push(error.record);
    }
  }
  return { items: readable, unreadable };
}

/**
 * Returns the values of one kind, and the unreadable records of all kinds of the table.
 */
export function readKind<Value>(
  items: readonly Item[],
  wanted: RecordKind<Value>,
  kinds: readonly RecordKind<unknown>[],
): ReadRecords<Value> {
  const read = separateUnreadable(items.filter(wanted.matches), wanted.read);
  const others = items.filter((item) => !wanted.matches(item));
  return { ...read, unreadable: [...read.unreadable, ...unreadableOf(others, kinds)] };
}

/** Returns the records that cannot be read, including those of no known kind. */
export const unreadableOf = (
  items: readonly Item[],
  kinds: readonly RecordKind<unknown>[],
): readonly UnreadableRecord[] =>
  separateUnreadable(items, (item) => {
    const kind = kinds.find(({ matches }) => matches(item));
    const table = kinds[0]?.table ?? '';
    if (kind !== undefined) return kind.read(item);
    throw new UnreadableRecordError({
      table,
      key: `${item.pk} ${item.sk}`,
      problem: 'no kind of record has such a key',
    });
  }).unreadable;

/** Returns the readable items, for a list. Logs each unreadable item. */
export function skipUnreadable<Value>(
  items: readonly Item[],
  read: (item: Item) => Value,
): readonly Value[] {
  const separated = separateUnreadable(items, read);
  for (const one of separated.unreadable)
    logger.error('unreadable record omitted from a list', new UnreadableRecordError(one));
  return separated.items;
}

/** Maximum number of problems that are reported for one record. */
const PROBLEMS_MAX = 5;

const describeIssues = (error: z.core.$ZodError, item: Item): string =>
  error.issues
    .slice(0, PROBLEMS_MAX)
    .map(
      (issue) => `${issue.path.map(String).join('.') || 'record'}: ${describeIssue(issue, item)}`,
    )
    .join('; ');

function describeIssue(issue: z.core.$ZodIssue, item: Item): string {
  const value = issue.path.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null ? Reflect.get(inner, name) : undefined,
    item,
  );
  if (value === undefined) return 'is missing';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${issue.expected}, is ${typeOf(value)}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `must be at least ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    default:
      return 'does not match the schema of its kind';
  }
}

const typeOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
