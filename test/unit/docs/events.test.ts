import { globSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { breakingChangesOf } from '../../../cli/generate/events/breaking-changes.ts';
import { createEventSchemas, type JsonSchema } from '../../../cli/generate/events/event-schemas.ts';
import { readPublishedSchema } from '../../../cli/generate/events/schema-files.ts';

const NAMES = [...createEventSchemas().keys()];

describe('the published schema of each event', () => {
  test.each(NAMES)('%s differs from the contract by additions only', (name) => {
    const published = readPublishedSchema(name);
    if (published === undefined)
      throw new Error(`${name} is not published: npm run generate -- events`);

    expect(breakingChangesOf(published, createEventSchemas().get(name) as JsonSchema)).toEqual([]);
  });

  test.each(NAMES)('%s is current (npm run generate -- events)', (name) => {
    expect(readPublishedSchema(name)).toEqual(
      JSON.parse(JSON.stringify(createEventSchemas().get(name))),
    );
  });

  test('exists for no event that was removed', () => {
    const files = globSync('docs/events/*@*.json').map((file) => path.basename(file, '.json'));

    expect(files.sort()).toEqual(NAMES.toSorted());
  });
});

describe('a change of a schema', () => {
  const schema = {
    type: 'object',
    required: ['id'],
    properties: {
      id: { type: 'string' },
      note: { type: 'string' },
      lines: {
        type: 'array',
        items: { type: 'object', required: ['sku'], properties: { sku: { type: 'string' } } },
      },
    },
  };
  const changed = (properties: object, required = schema.required) => ({
    ...schema,
    required,
    properties: { ...schema.properties, ...properties },
  });

  test.each<[string, JsonSchema]>([
    ['another field', changed({ more: { type: 'integer' } })],
    ['another field that is always there', changed({ more: { type: 'integer' } }, ['id', 'more'])],
    ['a field that is always there now', changed({}, ['id', 'note'])],
    [
      'another field of a line',
      changed({
        lines: {
          type: 'array',
          items: {
            type: 'object',
            required: ['sku'],
            properties: { sku: { type: 'string' }, more: {} },
          },
        },
      }),
    ],
  ])('is accepted as an addition: %s', (_what, after) => {
    expect(breakingChangesOf(schema, after)).toEqual([]);
  });

  test.each<[string, JsonSchema, string]>([
    [
      'a field was removed',
      { ...schema, properties: { note: schema.properties.note, lines: schema.properties.lines } },
      'event.id was removed',
    ],
    ['a field is of another type', changed({ note: { type: 'integer' } }), 'event.note was'],
    ['a field is no longer required', changed({}, []), 'event.id is no longer required'],
    [
      'a field has other values',
      changed({ note: { type: 'string', enum: ['a'] } }),
      'event.note was',
    ],
    [
      'a field of a line was removed',
      changed({
        lines: { type: 'array', items: { type: 'object', required: [], properties: {} } },
      }),
      'event.lines[].sku was removed',
    ],
    [
      'a list has any items',
      changed({ lines: { type: 'array' } }),
      'event.lines has different items',
    ],
  ])('is rejected if it breaks a consumer: %s', (_what, after, expected) => {
    expect(breakingChangesOf(schema, after).join()).toContain(expected);
  });
});
