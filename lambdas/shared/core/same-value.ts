/**
 * Compares two values that JSON can hold. The order of the fields of an object does not count, and
 * a field that is undefined equals an absent one.
 */
export function isSameValue(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))];
  return (
    left.filter(([, value]) => value !== undefined).length ===
      [...right.values()].filter((value) => value !== undefined).length &&
    left.every(([name, value]) => isSameValue(value, right.get(name)))
  );
}
