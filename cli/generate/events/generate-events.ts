import { writeFileSync } from 'node:fs';
import { breakingChangesOf } from './breaking-changes.ts';
import { createEventSchemas } from './event-schemas.ts';
import { readPublishedSchema, schemaFileOf } from './schema-files.ts';

// A change that would break a consumer is an error: it needs an event with another name.
const breaks = [...createEventSchemas()].flatMap(([name, schema]) =>
  breakingChangesOf(readPublishedSchema(name) ?? schema, schema).map(
    (change) => `${name}: ${change}`,
  ),
);
if (breaks.length > 0) {
  console.error(
    `Nothing was written. These changes would break consumers. Define a new event instead:\n${breaks.join('\n')}`,
  );
  process.exitCode = 1;
} else {
  for (const [name, schema] of createEventSchemas())
    writeFileSync(schemaFileOf(name), `${JSON.stringify(schema, undefined, 2)}\n`);
}
