import { existsSync, readFileSync } from 'node:fs';
import type { JsonSchema } from './event-schemas.ts';

/** Where the schema of an event is published. */
export const schemaFileOf = (name: string): URL =>
  new URL(`../../../docs/events/${name}.json`, import.meta.url);

/** As it was published; undefined for an event that is new. */
export const readPublishedSchema = (name: string): JsonSchema | undefined =>
  existsSync(schemaFileOf(name))
    ? (JSON.parse(readFileSync(schemaFileOf(name), 'utf8')) as JsonSchema)
    : undefined;
