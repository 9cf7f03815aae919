import { isDeepStrictEqual } from 'node:util';
import type { JsonSchema } from './schemas.ts';

/**
 * What of a change of an event's schema its consumers may stumble over; empty for one that only adds fields, or makes sure of one that was
 * optional. Whatever else is to change is another event.
 */
export function breaksOf(before: JsonSchema, after: JsonSchema, path = 'event'): readonly string[] {
  const fields = (schema: JsonSchema) =>
    (schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
  const required = (schema: JsonSchema) => (schema.required ?? []) as readonly string[];
  const rest = ({
    properties: _properties,
    required: _required,
    items: _items,
    ...others
  }: JsonSchema) => others;
  const items = (schema: JsonSchema) => schema.items as JsonSchema | undefined;
  const [itemsBefore, itemsAfter] = [items(before), items(after)];
  return [
    ...(isDeepStrictEqual(rest(before), rest(after))
      ? []
      : [`${path} was ${JSON.stringify(rest(before))} and is ${JSON.stringify(rest(after))}`]),
    ...Object.entries(fields(before)).flatMap(([name, field]) => {
      const now = fields(after)[name];
      return now === undefined
        ? [`${path}.${name} is gone`]
        : breaksOf(field, now, `${path}.${name}`);
    }),
    ...required(before)
      .filter((name) => name in fields(after) && !required(after).includes(name))
      .map((name) => `${path}.${name} may be missing now`),
    ...(itemsBefore === undefined || itemsAfter === undefined
      ? itemsBefore === itemsAfter
        ? []
        : [`${path} has other items`]
      : breaksOf(itemsBefore, itemsAfter, `${path}[]`)),
  ];
}
