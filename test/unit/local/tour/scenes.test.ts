import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../../../local/cloud-assembly/synthesize.ts';
import { LANGUAGES, MESSAGES } from '../../../../local/tour/messages/messages.ts';
import { SCENES } from '../../../../local/tour/scenes.ts';

/** Returns the anchor of a heading, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(' ', '-');

describe.each([...SCENES.entries()])('scene %i', (_number, { textOf, page }) => {
  test('has all of its texts in each language', () => {
    // The first heading of a table may be empty.
    for (const language of LANGUAGES)
      for (const text of Object.values(textOf(MESSAGES[language])).filter(
        (one) => typeof one === 'string',
      ))
        expect(text.trim(), language).not.toBe('');
  });

  test('names an existing page of its mechanism', () => {
    const [file = '', anchor] = page.split('#');

    expect(existsSync(path.join(ROOT, file))).toBe(true);
    const headings = [...readFileSync(path.join(ROOT, file), 'utf8').matchAll(/^#+ (.+)$/gm)];
    if (anchor !== undefined)
      expect(headings.map(([, text = '']) => anchorOf(text))).toContain(anchor);
  });
});
