/** A value in DynamoDB's JSON; binary is base64 there. */
export type Value =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: boolean }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] }
  | { readonly L: readonly Value[] }
  | { readonly M: Item };
export type Item = { readonly [name: string]: Value };

const CONTAINER_BYTES = 3;
const ELEMENT_BYTES = 1;
const FLAG_BYTES = 1;
const NUMBER_BYTES = 1;
const SIGN_BYTES = 1;
const DIGITS_PER_BYTE = 2;

/**
 * Returns the bytes of an item by AWS's documented rules: names and strings in UTF-8, the raw bytes
 * of binaries, 1 byte for null and boolean, 3 for a list or map and 1 for each of its elements. For
 * numbers the page has "approximately": 1 byte, and 1 for two significant digits; a negative one
 * takes another.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export const itemBytes = (item: Item): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + textBytes(name) + valueBytes(value), 0);

export function valueBytes(value: Value): number {
  if ('S' in value) return textBytes(value.S);
  if ('N' in value) return numberBytes(value.N);
  if ('B' in value) return binaryBytes(value.B);
  if ('BOOL' in value || 'NULL' in value) return FLAG_BYTES;
  if ('SS' in value) return sumOf(value.SS, textBytes);
  if ('NS' in value) return sumOf(value.NS, numberBytes);
  if ('BS' in value) return sumOf(value.BS, binaryBytes);
  if ('L' in value)
    return CONTAINER_BYTES + sumOf(value.L, (element) => ELEMENT_BYTES + valueBytes(element));
  if ('M' in value) {
    return CONTAINER_BYTES + ELEMENT_BYTES * Object.keys(value.M).length + itemBytes(value.M);
  }
  throw new Error(`not a value of DynamoDB: ${JSON.stringify(value)}`);
}

const textBytes = (text: string): number => Buffer.byteLength(text, 'utf8');
const binaryBytes = (base64: string): number => Buffer.from(base64, 'base64').byteLength;
const sumOf = <Element>(
  elements: readonly Element[],
  bytesOf: (element: Element) => number,
): number => elements.reduce((sum, element) => sum + bytesOf(element), 0);

/**
 * Counts significant digits only: leading and trailing zeros take no space, wherever the point is.
 */
function numberBytes(text: string): number {
  const [, sign = '', mantissa = ''] = /^([+-]?)([\d.]+)(?:[eE][+-]?\d+)?$/.exec(text) ?? [];
  if (mantissa === '') throw new Error(`not a number of DynamoDB: ${text}`);
  const digits = mantissa.replace('.', '').replace(/^0+|0+$/g, '').length;
  return (
    NUMBER_BYTES +
    Math.ceil(digits / DIGITS_PER_BYTE) +
    (sign === '-' && digits > 0 ? SIGN_BYTES : 0)
  );
}
