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

test('the finding of scene 9 is explained in the language of the tour', () => {
  const finding = {
    kind: 'BALANCE_DIFFERS',
    subject: 'cell:tea/main/0',
    explanation: 'The balance differs.',
    book: 7,
    expected: 5,
  };

  expect(MESSAGES.en.writtenDrift.found(finding)).toBe('BALANCE_DIFFERS: The balance differs.');
  const japanese = MESSAGES.ja.writtenDrift.found(finding);
  expect(japanese).toMatch(/^BALANCE_DIFFERS: cell:tea\/main\/0 .+ 7 個.+ 5 個/);
  expect(japanese).not.toContain(finding.explanation);
});

test('the order of scene 8 waits for a reason in the language of the tour', () => {
  const reason = 'the payment was not reversed';

  expect(MESSAGES.en.failingRefund.needsAttention(reason)).toContain(reason);
  expect(MESSAGES.ja.failingRefund.needsAttention(reason)).toContain('返金できなかった');
  expect(MESSAGES.ja.failingRefund.needsAttention(reason)).not.toContain(reason);
});

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
