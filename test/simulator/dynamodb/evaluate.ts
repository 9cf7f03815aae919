import {
  type Condition,
  InvalidExpressionError,
  type Operand,
  type Path,
  type Update,
} from './expression.ts';
import {
  compareValues,
  contentOf,
  copyItem,
  type Item,
  isSameValue,
  type Value,
} from './values.ts';

/** Returns true if the item meets the condition. A missing item has no attributes. */
export function isConditionMet(condition: Condition, item: Item | undefined): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.parts.every((part) => isConditionMet(part, item));
    case 'or':
      return condition.parts.some((part) => isConditionMet(part, item));
    case 'not':
      return !isConditionMet(condition.part, item);
    case 'compare':
      return isComparisonTrue(
        condition.operator,
        resolveOperand(condition.left, item),
        resolveOperand(condition.right, item),
      );
    case 'between': {
      const value = resolveOperand(condition.operand, item);
      return (
        isComparisonTrue('>=', value, resolveOperand(condition.low, item)) &&
        isComparisonTrue('<=', value, resolveOperand(condition.high, item))
      );
    }
    case 'in':
      return condition.choices.some((choice) =>
        isComparisonTrue(
          '=',
          resolveOperand(condition.operand, item),
          resolveOperand(choice, item),
        ),
      );
    case 'call':
      return isFunctionTrue(condition, item);
  }
}

/** A missing value is unequal to every value, and has no order. */
function isComparisonTrue(
  operator: string,
  left: Value | undefined,
  right: Value | undefined,
): boolean {
  if (operator === '=') return left !== undefined && isSameValue(left, right);
  if (operator === '<>') return left === undefined || !isSameValue(left, right);
  const order = compareValues(left, right);
  if (order === undefined) return false;
  if (operator === '<') return order < 0;
  if (operator === '<=') return order <= 0;
  return operator === '>' ? order > 0 : order >= 0;
}

function isFunctionTrue(
  { name, operands }: Extract<Condition, { kind: 'call' }>,
  item: Item | undefined,
): boolean {
  const [first, second] = operands;
  if (first === undefined) throw new InvalidExpressionError(`${name} takes an operand`);
  const value = resolveOperand(first, item);
  const other = second && resolveOperand(second, item);
  switch (name) {
    case 'attribute_exists':
      return value !== undefined;
    case 'attribute_not_exists':
      return value === undefined;
    case 'begins_with':
      return value?.S !== undefined && other?.S !== undefined && value.S.startsWith(other.S);
    case 'attribute_type':
      return value !== undefined && contentOf(value)[0] === other?.S;
    case 'contains':
      if (value?.S !== undefined && other?.S !== undefined) return value.S.includes(other.S);
      return (value?.L ?? []).some((element) => isSameValue(element, other));
    default:
      throw new InvalidExpressionError(`The simulator does not support the function ${name}.`);
  }
}

function resolveOperand(operand: Operand, item: Item | undefined): Value | undefined {
  switch (operand.kind) {
    case 'value':
      return operand.value;
    case 'path':
      return valueAt(item, operand.path);
    case 'sum':
      return evaluateSum(operand, item);
    case 'call':
      return evaluateFunction(operand, item);
  }
}

function evaluateFunction(
  { name, operands }: Extract<Operand, { kind: 'call' }>,
  item: Item | undefined,
): Value | undefined {
  const [first, second] = operands;
  if (first === undefined) throw new InvalidExpressionError(`${name} takes an operand`);
  const value = resolveOperand(first, item);
  if (name === 'if_not_exists') return value ?? (second && resolveOperand(second, item));
  if (name === 'list_append')
    return { L: [...(value?.L ?? []), ...((second && resolveOperand(second, item))?.L ?? [])] };
  if (value === undefined) return undefined;
  const [, content] = contentOf(value);
  return {
    N: String(typeof content === 'string' ? content.length : Object.keys(content as object).length),
  };
}

function evaluateSum(
  { sign, left, right }: Extract<Operand, { kind: 'sum' }>,
  item: Item | undefined,
): Value {
  const [one, other] = [resolveOperand(left, item), resolveOperand(right, item)];
  if (one === undefined || other === undefined) {
    throw new InvalidExpressionError(
      'The provided expression refers to an attribute that does not exist in the item',
    );
  }
  if (one.N === undefined || other.N === undefined) {
    throw new InvalidExpressionError(
      'An operand in the update expression has an incorrect data type',
    );
  }
  return { N: String(Number(one.N) + sign * Number(other.N)) };
}

function valueAt(item: Item | undefined, [first, ...rest]: Path): Value | undefined {
  let value = item?.[String(first)];
  for (const step of rest) value = typeof step === 'number' ? value?.L?.[step] : value?.M?.[step];
  return value;
}

/**
 * Returns the item after an update. Every operand is read from the item before the update. Throws
 * for a path into a missing value.
 */
export function applyUpdate({ set, remove, add }: Update, item: Item): Item {
  const assignments = set.map(({ path, operand }) => {
    const value = resolveOperand(operand, item);
    if (value === undefined) {
      throw new InvalidExpressionError(
        'The provided expression refers to an attribute that does not exist in the item',
      );
    }
    return { path, value };
  });
  for (const { path, value } of add) {
    const before = valueAt(item, path);
    if (value.N === undefined || (before !== undefined && before.N === undefined)) {
      throw new InvalidExpressionError(
        'An operand in the update expression has an incorrect data type',
      );
    }
    assignments.push({ path, value: { N: String(Number(before?.N ?? 0) + Number(value.N)) } });
  }
  const after = copyItem(item);
  for (const { path, value } of assignments) setPath(after, path, value);
  for (const path of remove) setPath(after, path, undefined);
  return after;
}

function setPath(item: Record<string, Value>, path: Path, value: Value | undefined): void {
  let into = item;
  for (const step of path.slice(0, -1)) {
    const inner = into[String(step)]?.M;
    if (inner === undefined) {
      throw new InvalidExpressionError(
        'The document path provided in the update expression is invalid for update',
      );
    }
    into = inner;
  }
  const last = String(path.at(-1));
  if (value === undefined) delete into[last];
  else into[last] = value;
}
