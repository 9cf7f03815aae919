import { writeFileSync } from 'node:fs';
import { breaksOf } from './additive.ts';
import { fileOf, publishedOf } from './files.ts';
import { eventSchemas } from './schemas.ts';

// Refuses what would break a consumer: such a change is an event of another name.
const breaks = [...eventSchemas()].flatMap(([name, schema]) =>
  breaksOf(publishedOf(name) ?? schema, schema).map((fault) => `${name}: ${fault}`),
);
if (breaks.length > 0) {
  console.error(`Nothing was written. Events are additive only:\n${breaks.join('\n')}`);
  process.exitCode = 1;
} else {
  for (const [name, schema] of eventSchemas())
    writeFileSync(fileOf(name), `${JSON.stringify(schema, undefined, 2)}\n`);
}
