import { isDeepStrictEqual } from 'node:util';
import type { JsonSchema } from './event-schemas.ts';

/**
 * Returns each change of an event's schema that may break its consumers. Returns none if the change
 * only adds fields or makes an optional field required. Any other change needs a new event.
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
          `${path} was ${JSON.stringify(otherKeywords(published))} and is now ${JSON.stringify(otherKeywords(current))}`,
        ]),
    ...Object.entries(fields(published)).flatMap(([name, field]) => {
      const now = fields(current)[name];
      return now === undefined
        ? [`${path}.${name} was removed`]
        : breakingChangesOf(field, now, `${path}.${name}`);
    }),
    ...required(published)
      .filter((name) => name in fields(current) && !required(current).includes(name))
      .map((name) => `${path}.${name} is no longer required`),
    ...(itemsBefore === undefined || itemsAfter === undefined
      ? itemsBefore === itemsAfter
        ? []
        : [`${path} has different items`]
      : breakingChangesOf(itemsBefore, itemsAfter, `${path}[]`)),
  ];
}
