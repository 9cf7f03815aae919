import { writeFileSync } from 'node:fs';
import { breakingChangesOf } from './breaking-changes.ts';
import { createEventSchemas } from './event-schemas.ts';
import { readPublishedSchema, schemaFileOf } from './schema-files.ts';

// Refuses what would break a consumer: such a change is an event of another name.
const breaks = [...createEventSchemas()].flatMap(([name, schema]) =>
  breakingChangesOf(readPublishedSchema(name) ?? schema, schema).map(
    (fault) => `${name}: ${fault}`,
  ),
);
if (breaks.length > 0) {
  console.error(`Nothing was written. Events are additive only:\n${breaks.join('\n')}`);
  process.exitCode = 1;
} else {
  for (const [name, schema] of createEventSchemas())
    writeFileSync(schemaFileOf(name), `${JSON.stringify(schema, undefined, 2)}\n`);
}
