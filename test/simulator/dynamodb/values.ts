import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** An attribute in the wire format. */
export type Value = AttributeValue;
export type Item = Readonly<Record<string, Value>>;

export const isSameValue = (one: Value | undefined, other: Value | undefined): boolean => {
  if (one === undefined || other === undefined) return one === other;
  const [type, value] = contentOf(one);
  const [otherType, otherValue] = contentOf(other);
  if (type !== otherType) return false;
  if (type === 'N') return Number(value) === Number(otherValue);
  if (type === 'L') {
    const [list, others] = [value as Value[], otherValue as Value[]];
    return (
      list.length === others.length &&
      list.every((element, index) => isSameValue(element, others[index]))
    );
  }
  if (type === 'M') return isSameItem(value as Item, otherValue as Item);
  return JSON.stringify(value) === JSON.stringify(otherValue);
};

export const isSameItem = (one: Item, other: Item): boolean => {
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => isSameValue(one[name], other[name]))
  );
};

/** Returns undefined for values without an order: of two types, or of a type without one. */
export function compareValues(
  one: Value | undefined,
  other: Value | undefined,
): number | undefined {
  if (one === undefined || other === undefined) return undefined;
  if (one.N !== undefined && other.N !== undefined) return Number(one.N) - Number(other.N);
  if (one.S !== undefined && other.S !== undefined) return compareText(one.S, other.S);
  return undefined;
}

/** Compares text as DynamoDB sorts it: by the bytes of its UTF-8. */
export const compareText = (one: string, other: string): number =>
  one === other
    ? 0
    : hasNoSurrogates(one) && hasNoSurrogates(other)
      ? one < other
        ? -1
        : 1
      : Buffer.compare(Buffer.from(one), Buffer.from(other));

// A surrogate pair sorts below some characters that its UTF-8 sorts above; nothing else differs.
const hasNoSurrogates = (text: string): boolean => !/[\ud800-\uffff]/.test(text);

/** Returns the only field of a value: its type and its content. */
export function contentOf(value: Value): readonly [type: string, content: unknown] {
  for (const type in value) {
    const content = (value as unknown as Record<string, unknown>)[type];
    if (content !== undefined) return [type, content];
  }
  throw new Error('The value has no type.');
}

/** Returns a copy that shares nothing that an update could change. */
export const copyItem = (item: Item): Record<string, Value> =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, copyValue(value)]));

function copyValue(value: Value): Value {
  if (value.M !== undefined) return { M: copyItem(value.M) };
  return value.L === undefined ? value : { L: value.L.map(copyValue) };
}
