import {
  type Condition,
  InvalidExpressionError,
  type Names,
  type Operand,
  type Path,
  type Update,
  type Values,
} from './expression.ts';
import { compareValues, type Value } from './values.ts';

/** Matches one token of an expression. Text that matches no token is a syntax error. */
const TOKEN = /\s*(<>|<=|>=|[=<>(),.[\]+-]|[#:]?[A-Za-z0-9_]+)/y;
const COMPARATORS = ['=', '<>', '<', '<=', '>', '>='];
const CONDITION_FUNCTIONS = [
  'attribute_exists',
  'attribute_not_exists',
  'attribute_type',
  'begins_with',
  'contains',
];
const OPERAND_FUNCTIONS = ['if_not_exists', 'list_append', 'size'];

export const parseCondition = (text: string, names?: Names, values?: Values): Condition =>
  new Parser(text, names, values).condition();

export const parseUpdate = (text: string, names?: Names, values?: Values): Update =>
  new Parser(text, names, values).update();

/**
 * Recursive-descent parser of condition and update expressions.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
 */
class Parser {
  readonly #tokens: readonly string[];
  readonly #names: Names;
  readonly #values: Values;
  #index = 0;

  constructor(text: string, names: Names = {}, values: Values = {}) {
    this.#tokens = tokenize(text);
    this.#names = names;
    this.#values = values;
  }

  condition(): Condition {
    const parsed = this.#or();
    if (this.#peek() !== undefined) throw this.#unexpected();
    return parsed;
  }

  update(): Update {
    const parts = {
      set: [] as Update['set'][number][],
      remove: [] as Path[],
      add: [] as Update['add'][number][],
    };
    while (this.#peek() !== undefined) {
      const section = this.#take().toUpperCase();
      do {
        if (section === 'SET') {
          const path = this.#path();
          this.#expect('=');
          parts.set.push({ path, operand: this.#sum() });
        } else if (section === 'REMOVE') parts.remove.push(this.#path());
        else if (section === 'ADD') parts.add.push({ path: this.#path(), value: this.#value() });
        else
          throw new InvalidExpressionError(
            `Invalid UpdateExpression: the simulator does not support ${section}`,
          );
      } while (this.#accept(','));
    }
    return parts;
  }

  #or(): Condition {
    const parts = [this.#and()];
    while (this.#acceptWord('OR')) parts.push(this.#and());
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'or', parts };
  }

  #and(): Condition {
    const parts = [this.#not()];
    while (this.#acceptWord('AND')) parts.push(this.#not());
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'and', parts };
  }

  #not(): Condition {
    if (this.#acceptWord('NOT')) return { kind: 'not', part: this.#not() };
    if (this.#accept('(')) {
      const inner = this.#or();
      this.#expect(')');
      return inner;
    }
    return this.#test();
  }

  #test(): Condition {
    const word = this.#peek() ?? '';
    if (CONDITION_FUNCTIONS.includes(word) && this.#tokens[this.#index + 1] === '(') {
      this.#index += 1;
      return { kind: 'call', name: word, operands: this.#arguments() };
    }
    const operand = this.#operand();
    if (this.#acceptWord('BETWEEN')) {
      const low = this.#operand();
      if (!this.#acceptWord('AND')) throw this.#unexpected();
      const high = this.#operand();
      if (
        low.kind === 'value' &&
        high.kind === 'value' &&
        (compareValues(low.value, high.value) ?? 0) > 0
      )
        throw new InvalidExpressionError(
          'The BETWEEN operator requires upper bound to be greater than or equal to lower bound',
        );
      return { kind: 'between', operand, low, high };
    }
    if (this.#acceptWord('IN')) return { kind: 'in', operand, choices: this.#arguments() };
    const operator = this.#take();
    if (!COMPARATORS.includes(operator)) throw this.#unexpected();
    return { kind: 'compare', operator, left: operand, right: this.#operand() };
  }

  #sum(): Operand {
    let left = this.#operand();
    for (;;) {
      const sign = this.#accept('+') ? 1 : this.#accept('-') ? -1 : undefined;
      if (sign === undefined) return left;
      left = {
        kind: 'sum',
        sign,
        left: requireNumber(left),
        right: requireNumber(this.#operand()),
      };
    }
  }

  #operand(): Operand {
    const word = this.#peek() ?? '';
    if (word.startsWith(':')) return { kind: 'value', value: this.#value() };
    if (OPERAND_FUNCTIONS.includes(word) && this.#tokens[this.#index + 1] === '(') {
      this.#index += 1;
      return { kind: 'call', name: word, operands: this.#arguments() };
    }
    return { kind: 'path', path: this.#path() };
  }

  #arguments(): readonly Operand[] {
    this.#expect('(');
    const operands = [this.#operand()];
    while (this.#accept(',')) operands.push(this.#operand());
    this.#expect(')');
    return operands;
  }

  #path(): Path {
    const path: (string | number)[] = [this.#name()];
    for (;;) {
      if (this.#accept('.')) path.push(this.#name());
      else if (this.#accept('[')) {
        path.push(Number(this.#take()));
        this.#expect(']');
      } else return path;
    }
  }

  #name(): string {
    const word = this.#take();
    if (!/^#?[A-Za-z0-9_]+$/.test(word)) throw this.#unexpected();
    if (!word.startsWith('#')) return word;
    const name = this.#names[word];
    if (name === undefined)
      throw new InvalidExpressionError(
        `An expression attribute name used in the document path is not defined; attribute name: ${word}`,
      );
    return name;
  }

  #value(): Value {
    const word = this.#take();
    const value = this.#values[word];
    if (value === undefined)
      throw new InvalidExpressionError(
        `An expression attribute value used in expression is not defined; attribute value: ${word}`,
      );
    return value;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#index];
  }

  #take(): string {
    const token = this.#tokens[this.#index];
    if (token === undefined) throw this.#unexpected();
    this.#index += 1;
    return token;
  }

  #accept(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#index += 1;
    return true;
  }

  #acceptWord(word: string): boolean {
    if (this.#peek()?.toUpperCase() !== word) return false;
    this.#index += 1;
    return true;
  }

  #expect(token: string): void {
    if (!this.#accept(token)) throw this.#unexpected();
  }

  #unexpected(): InvalidExpressionError {
    return new InvalidExpressionError(
      `Invalid expression: Syntax error; token: ${this.#peek() ?? '<EOF>'}`,
    );
  }
}

/** Throws for a literal of the wrong type before any item is read. */
function requireNumber(operand: Operand): Operand {
  if (operand.kind === 'value' && operand.value.N === undefined)
    throw new InvalidExpressionError('Incorrect operand type for operator or function');
  return operand;
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined)
      throw new InvalidExpressionError(`Invalid expression: Syntax error in ${text}`);
    tokens.push(token);
  }
  return tokens;
}
