import type * as z from 'zod/mini';

type Issue = z.core.$ZodIssue;

const TYPE_MESSAGES: Readonly<Record<string, string>> = {
  string: 'must be text',
  number: 'must be a number',
  int: 'must be a whole number',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be an object',
  record: 'must be an object',
};
const FORMAT_MESSAGES: Readonly<Record<string, string>> = {
  datetime: 'must be a time in UTC, for example 2026-11-30T12:00:00Z',
};

/** Start of each message of Zod. The messages of our own schemas start differently. */
const LIBRARY_MESSAGE = /^(Invalid|Too (big|small)|Unrecognized)/;

/**
 * Returns the error of a field as the end of a sentence that starts with its name: "is required". A
 * schema may have its own message, for example for a pattern. The issue must include its input.
 */
export function validationMessage(issue: Issue): string {
  if (issue.input === undefined && issue.code !== 'custom') return 'is required';
  return LIBRARY_MESSAGE.test(issue.message) ? messageOf(issue) : issue.message;
}

function messageOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPE_MESSAGES[issue.expected] ?? `must be of type ${issue.expected}`;
    case 'invalid_value':
      return `must be ${joinWithOr(issue.values.map((value) => JSON.stringify(value)))}`;
    case 'too_big':
      return limitMessage(issue.origin, 'at most', Number(issue.maximum));
    case 'too_small':
      return limitMessage(issue.origin, 'at least', Number(issue.minimum));
    case 'invalid_format':
      return (
        FORMAT_MESSAGES[issue.format] ?? `must match the pattern ${issue.pattern ?? issue.format}`
      );
    case 'unrecognized_keys':
      return 'is not a field of this request';
    default:
      return 'is not valid for this request';
  }
}

function limitMessage(origin: string, bound: 'at most' | 'at least', value: number): string {
  if (origin === 'string' && bound === 'at least' && value === 1) return 'must not be empty';
  if (origin === 'string') return `must have ${bound} ${pluralize(value, 'character')}`;
  if (origin === 'array') return `must have ${bound} ${pluralize(value, 'item')}`;
  return `must be ${bound} ${value}`;
}

const pluralize = (value: number, noun: string): string =>
  `${value} ${noun}${value === 1 ? '' : 's'}`;

const joinWithOr = (words: readonly string[]): string =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
