import type * as z from 'zod/mini';

type Issue = z.core.$ZodIssue;

const TYPES: Readonly<Record<string, string>> = {
  string: 'must be text',
  number: 'must be a number',
  int: 'must be a whole number',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be an object',
  record: 'must be an object',
};
const FORMATS: Readonly<Record<string, string>> = {
  datetime: 'must be a time in UTC, for example 2026-11-30T12:00:00Z',
};

/** How messages of the library begin; those of a schema of ours do not. */
const WORDS_OF_LIBRARY = /^(Invalid|Too (big|small)|Unrecognized)/;

/**
 * Returns what is wrong with a field, as the end of a sentence that begins with its name: "is required". A schema may give words of its own,
 * for example for a pattern. Needs issues that report their input.
 */
export function validationMessage(issue: Issue): string {
  if (issue.input === undefined && issue.code !== 'custom') return 'is required';
  return WORDS_OF_LIBRARY.test(issue.message) ? wordsOf(issue) : issue.message;
}

function wordsOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? `must be of type ${issue.expected}`;
    case 'invalid_value':
      return `must be ${listOf(issue.values.map((value) => JSON.stringify(value)))}`;
    case 'too_big':
      return limit(issue.origin, 'at most', Number(issue.maximum));
    case 'too_small':
      return limit(issue.origin, 'at least', Number(issue.minimum));
    case 'invalid_format':
      return FORMATS[issue.format] ?? `must match the pattern ${issue.pattern ?? issue.format}`;
    case 'unrecognized_keys':
      return 'is not a field of this request';
    default:
      return 'does not have a form that this request takes';
  }
}

function limit(origin: string, bound: 'at most' | 'at least', value: number): string {
  if (origin === 'string' && bound === 'at least' && value === 1) return 'must not be empty';
  if (origin === 'string') return `must have ${bound} ${counted(value, 'character')}`;
  if (origin === 'array') return `must have ${bound} ${counted(value, 'item')}`;
  return `must be ${bound} ${value}`;
}

const counted = (value: number, noun: string): string =>
  `${value} ${noun}${value === 1 ? '' : 's'}`;

const listOf = (words: readonly string[]): string =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
