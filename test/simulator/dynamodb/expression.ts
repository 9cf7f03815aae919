import { AwsError } from '../../../local/errors.ts';
import type { Value } from './values.ts';

/** Path of an attribute such as `a.#b[2]`. Each step is a name or an index in a list. */
export type Path = readonly (string | number)[];
export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'call'; readonly name: string; readonly operands: readonly Operand[] }
  | {
      readonly kind: 'sum';
      readonly sign: 1 | -1;
      readonly left: Operand;
      readonly right: Operand;
    };
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | {
      readonly kind: 'compare';
      readonly operator: string;
      readonly left: Operand;
      readonly right: Operand;
    }
  | {
      readonly kind: 'between';
      readonly operand: Operand;
      readonly low: Operand;
      readonly high: Operand;
    }
  | { readonly kind: 'in'; readonly operand: Operand; readonly choices: readonly Operand[] }
  | { readonly kind: 'call'; readonly name: string; readonly operands: readonly Operand[] };
export type Update = {
  readonly set: readonly { readonly path: Path; readonly operand: Operand }[];
  readonly remove: readonly Path[];
  readonly add: readonly { readonly path: Path; readonly value: Value }[];
};

export type Names = Readonly<Record<string, string>>;
export type Values = Readonly<Record<string, Value>>;

export class InvalidExpressionError extends AwsError {
  constructor(message: string) {
    super('ValidationException', message);
  }
}
