import { existsSync, readFileSync } from 'node:fs';
import type { JsonSchema } from './event-schemas.ts';

/** Returns the file with the published schema of an event. */
export const schemaFileOf = (name: string): URL =>
  new URL(`../../../docs/events/${name}.json`, import.meta.url);

/** Reads the published schema of an event. Returns undefined for a new event. */
export const readPublishedSchema = (name: string): JsonSchema | undefined =>
  existsSync(schemaFileOf(name))
    ? (JSON.parse(readFileSync(schemaFileOf(name), 'utf8')) as JsonSchema)
    : undefined;
