import { isObject } from '../json.ts';

type Matcher = (values: readonly unknown[]) => boolean;
type Test = (value: unknown) => boolean;

/**
 * Compiles an event pattern of EventBridge, which also filters event source mappings. All fields
 * must match. A field matches when any of its alternatives matches, and an array of the event when
 * any of its elements matches. Throws an error that names an unsupported operator.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function compilePattern(pattern: unknown): (event: unknown) => boolean {
  const matches = compileObject(pattern, '');
  return (event) => matches([event]);
}

function compileObject(pattern: unknown, path: string): Matcher {
  if (!isObject(pattern))
    throw new Error(`event pattern: ${path || 'the pattern'} must be an object or an array`);
  const fields = Object.entries(pattern).map(([key, inner]): readonly [string, Matcher] => {
    if (key.startsWith('$'))
      throw new Error(`event pattern: unknown operator ${key} at ${path || 'the top'}`);
    const fieldPath = path === '' ? key : `${path}.${key}`;
    return [
      key,
      Array.isArray(inner)
        ? compileAlternatives(inner, fieldPath)
        : compileObject(inner, fieldPath),
    ];
  });
  const matchesOne = (object: unknown): boolean => {
    const record = isObject(object) ? object : {};
    return fields.every(([key, matches]) => matches(valuesOf(record[key])));
  };
  // A missing field is matched as an empty object, because `exists: false` may be its only
  // condition.
  return (values) => (values.length === 0 ? matchesOne({}) : values.some(matchesOne));
}

const valuesOf = (value: unknown): readonly unknown[] => {
  if (value === undefined) return [];
  return Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : [value];
};

function compileAlternatives(alternatives: readonly unknown[], path: string): Matcher {
  if (alternatives.length === 0) throw new Error(`event pattern: ${path} has no alternatives`);
  const matchers = alternatives.map((alternative) => compileAlternative(alternative, path));
  return (values) => matchers.some((matches) => matches(values));
}

function compileAlternative(alternative: unknown, path: string): Matcher {
  if (!isObject(alternative)) return matchesAny(equals(alternative));
  const [[operator, operand] = ['', undefined], ...others] = Object.entries(alternative);
  if (others.length > 0) throw new Error(`event pattern: more than one operator at ${path}`);
  switch (operator) {
    case 'exists':
      // Only leaves exist: an object with fields does not count.
      return (values) => values.some((value) => !isObject(value)) === operand;
    case 'prefix':
      return matchesAny(startsWith(operand, path));
    case 'suffix':
      return matchesAny(endsWith(operand, path));
    case 'anything-but':
      return matchesAny(anythingBut(operand, path));
    case 'numeric':
      return matchesAny(numeric(operand, path));
    default:
      throw new Error(`event pattern: unknown operator ${operator} at ${path}`);
  }
}

const matchesAny =
  (test: Test): Matcher =>
  (values) =>
    values.some(test);

const equals =
  (expected: unknown): Test =>
  (value) =>
    value === expected;

function startsWith(prefix: unknown, path: string): Test {
  if (typeof prefix !== 'string')
    throw new Error(`event pattern: unknown form of prefix at ${path}`);
  return (value) => typeof value === 'string' && value.startsWith(prefix);
}

function endsWith(suffix: unknown, path: string): Test {
  if (typeof suffix !== 'string')
    throw new Error(`event pattern: unknown form of suffix at ${path}`);
  return (value) => typeof value === 'string' && value.endsWith(suffix);
}

/** Compiles `anything-but`. A missing field does not match it. */
function anythingBut(operand: unknown, path: string): Test {
  if (!isObject(operand)) {
    const excluded = Array.isArray(operand) ? operand : [operand];
    return (value) => !isObject(value) && !excluded.includes(value);
  }
  const [[operator, inner] = ['', undefined]] = Object.entries(operand);
  if (operator !== 'prefix' && operator !== 'suffix') {
    throw new Error(`event pattern: unknown operator anything-but ${operator} at ${path}`);
  }
  const excluded = operator === 'prefix' ? startsWith(inner, path) : endsWith(inner, path);
  return (value) => typeof value === 'string' && !excluded(value);
}

const COMPARISONS: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  '=': (value, limit) => value === limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

/** Compiles `numeric`: pairs of a comparison and a limit, all of which must hold. */
function numeric(operand: unknown, path: string): Test {
  const terms: unknown[] = Array.isArray(operand) ? operand : [];
  const tests: ((value: number) => boolean)[] = [];
  for (let index = 0; index < terms.length; index += 2) {
    const compare = COMPARISONS[String(terms[index])];
    const limit = terms[index + 1];
    if (compare === undefined || typeof limit !== 'number') {
      throw new Error(`event pattern: unknown form of numeric at ${path}`);
    }
    tests.push((value) => compare(value, limit));
  }
  return (value) =>
    typeof value === 'number' && tests.length > 0 && tests.every((test) => test(value));
}
