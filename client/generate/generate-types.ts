import { writeFileSync } from 'node:fs';
import { createTypes } from './types.ts';

for (const [file, text] of await createTypes())
  writeFileSync(new URL(`../src/generated/${file}`, import.meta.url), text);
