import { existsSync, readFileSync } from 'node:fs';
import type { JsonSchema } from './schemas.ts';

/** Where the schema of an event is published. */
export const fileOf = (name: string): URL =>
  new URL(`../../../docs/events/${name}.json`, import.meta.url);

/** As it was published; undefined for an event that is new. */
export const publishedOf = (name: string): JsonSchema | undefined =>
  existsSync(fileOf(name))
    ? (JSON.parse(readFileSync(fileOf(name), 'utf8')) as JsonSchema)
    : undefined;
