import { isDeepStrictEqual } from 'node:util';
import type { JsonSchema } from './event-schemas.ts';

/**
 * What of a change of an event's schema its consumers may stumble over; empty for one that only adds fields, or makes sure of one that was
 * optional. Whatever else is to change is another event.
 */
export function breakingChangesOf(
  published: JsonSchema,
  current: JsonSchema,
  path = 'event',
): readonly string[] {
  const fields = (schema: JsonSchema) =>
    (schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
  const required = (schema: JsonSchema) => (schema.required ?? []) as readonly string[];
  const otherKeywords = ({
    properties: _properties,
    required: _required,
    items: _items,
    ...others
  }: JsonSchema) => others;
  const items = (schema: JsonSchema) => schema.items as JsonSchema | undefined;
  const [itemsBefore, itemsAfter] = [items(published), items(current)];
  return [
    ...(isDeepStrictEqual(otherKeywords(published), otherKeywords(current))
      ? []
      : [
          `${path} was ${JSON.stringify(otherKeywords(published))} and is ${JSON.stringify(otherKeywords(current))}`,
        ]),
    ...Object.entries(fields(published)).flatMap(([name, field]) => {
      const now = fields(current)[name];
      return now === undefined
        ? [`${path}.${name} is gone`]
        : breakingChangesOf(field, now, `${path}.${name}`);
    }),
    ...required(published)
      .filter((name) => name in fields(current) && !required(current).includes(name))
      .map((name) => `${path}.${name} may be missing now`),
    ...(itemsBefore === undefined || itemsAfter === undefined
      ? itemsBefore === itemsAfter
        ? []
        : [`${path} has other items`]
      : breakingChangesOf(itemsBefore, itemsAfter, `${path}[]`)),
  ];
}
