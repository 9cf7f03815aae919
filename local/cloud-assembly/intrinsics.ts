import { ACCOUNT_ID, region } from '../account.ts';
import { isObject } from '../json.ts';
import type { Stack } from './cloud-assembly.ts';

/** Names of resources in the local runtime. `attribute` throws for an unknown attribute. */
export type ResourceNames = {
  readonly ref: (stack: string, logicalId: string) => string;
  readonly attribute: (stack: string, logicalId: string, attribute: string) => string;
};

/** Replaces every intrinsic function in a value of the stack's template. */
export type Resolve = (stack: string, value: unknown) => unknown;

const NO_VALUE = Symbol('AWS::NoValue');

/**
 * Creates a function that resolves the intrinsic functions of the templates. Throws an error that
 * names any unsupported function.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
export function createResolver(stacks: readonly Stack[], names: ResourceNames): Resolve {
  const exported = new Map<string, { stack: string; value: unknown }>();

  const resolve: Resolve = (stack, value) => {
    if (Array.isArray(value)) {
      return value
        .map((element) => resolve(stack, element))
        .filter((element) => element !== NO_VALUE);
    }
    if (!isObject(value)) return value;
    const [only, ...others] = Object.entries(value);
    if (only !== undefined && others.length === 0 && isIntrinsic(only[0]))
      return call(stack, ...only);
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, inner]) => [key, resolve(stack, inner)] as const)
        .filter(([, inner]) => inner !== NO_VALUE),
    );
  };

  const text = (stack: string, value: unknown): string => {
    const resolved = resolve(stack, value);
    if (typeof resolved === 'string' || typeof resolved === 'number') return String(resolved);
    throw new Error(`stack ${stack}: ${JSON.stringify(value)} is not a text`);
  };
  const list = (stack: string, value: unknown): readonly unknown[] => {
    const resolved = resolve(stack, value);
    if (Array.isArray(resolved)) return resolved;
    throw new Error(`stack ${stack}: ${JSON.stringify(value)} is not a list`);
  };

  const ref = (stack: string, name: string): unknown => {
    switch (name) {
      case 'AWS::Region':
        return region();
      case 'AWS::AccountId':
        return ACCOUNT_ID;
      case 'AWS::Partition':
        return 'aws';
      case 'AWS::URLSuffix':
        return 'amazonaws.com';
      case 'AWS::StackName':
        return stack;
      case 'AWS::NoValue':
        return NO_VALUE;
      default:
        if (name.startsWith('AWS::'))
          throw new Error(`stack ${stack}: unknown pseudo parameter ${name}`);
        return names.ref(stack, name);
    }
  };

  const substitute = (stack: string, argument: unknown): string => {
    const [template, variables] = Array.isArray(argument) ? argument : [argument, {}];
    const own: Readonly<Record<string, unknown>> = isObject(variables) ? variables : {};
    return text(stack, template).replace(
      /\$\{(!?)([^}]+)\}/g,
      (_, literal: string, name: string) => {
        if (literal) return `\${${name}}`;
        if (name in own) return text(stack, own[name]);
        const [logicalId = '', ...attribute] = name.split('.');
        return attribute.length === 0
          ? String(ref(stack, name))
          : names.attribute(stack, logicalId, attribute.join('.'));
      },
    );
  };

  const call = (stack: string, name: string, argument: unknown): unknown => {
    switch (name) {
      case 'Ref':
        return ref(stack, text(stack, argument));
      case 'Fn::GetAtt': {
        const [logicalId, ...attribute] = Array.isArray(argument)
          ? argument
          : text(stack, argument).split('.');
        return names.attribute(stack, String(logicalId), attribute.join('.'));
      }
      case 'Fn::Join': {
        const [separator, parts] = list(stack, argument);
        return list(stack, parts).join(String(separator));
      }
      case 'Fn::Split': {
        const [separator, whole] = list(stack, argument);
        return text(stack, whole).split(String(separator));
      }
      case 'Fn::Select': {
        const [index, from] = list(stack, argument);
        return list(stack, from)[Number(index)];
      }
      case 'Fn::Sub':
        return substitute(stack, argument);
      case 'Fn::ImportValue': {
        const key = text(stack, argument);
        const source = exported.get(key);
        if (source === undefined) throw new Error(`stack ${stack}: no stack exports ${key}`);
        return resolve(source.stack, source.value);
      }
      default:
        throw new Error(
          `stack ${stack}: the local runtime does not support the intrinsic function ${name}`,
        );
    }
  };

  for (const { name: stack, template } of stacks) {
    for (const { Value, Export } of Object.values(template.Outputs ?? {})) {
      if (Export !== undefined) exported.set(text(stack, Export.Name), { stack, value: Value });
    }
  }
  return resolve;
}

const isIntrinsic = (key: string): boolean => key === 'Ref' || key.startsWith('Fn::');
