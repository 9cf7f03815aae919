import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createTypes } from '../../../client/generate/types.ts';

test('the types are generated from the current documents: npm run generate -- client', async () => {
  for (const [file, text] of await createTypes())
    expect(
      readFileSync(new URL(`../../../client/src/generated/${file}`, import.meta.url), 'utf8'),
    ).toBe(text);
});
