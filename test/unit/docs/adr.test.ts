import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const SECTIONS = ['Context', 'Decision', 'Consequences', 'Alternatives considered', 'Evidence'];
const records = globSync('docs/adr/[0-9]*.md').sort();

/** Numbers of decisions that are being implemented. */
const RESERVED = [53, 54, 55];

test('decision records are numbered without a gap that is not reserved', () => {
  const numbers = records.map((file) => Number(path.basename(file).split('-')[0]));

  expect(numbers.length).toBeGreaterThan(40);
  const all = Array.from({ length: numbers.at(-1) ?? 0 }, (_, index) => index + 1);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(all.filter((number) => !numbers.includes(number) && !RESERVED.includes(number))).toEqual(
    [],
  );
});

test.each(records)('%s has a title, a status, a date and all sections', (file) => {
  const lines = readFileSync(file, 'utf8').split('\n');
  const number = Number(path.basename(file).split('-')[0]);

  expect(lines[0]).toMatch(new RegExp(`^# ${number}\\. [A-Z]`));
  expect(lines[2]).toMatch(/^- Status: (Accepted|Superseded)\b/);
  expect(lines.find((line) => line.startsWith('- Date: '))).toMatch(/^- Date: \d{4}-\d\d-\d\d$/);
  expect(lines.filter((line) => line.startsWith('## '))).toEqual(
    SECTIONS.map((section) => `## ${section}`),
  );
});

test('the index lists each decision record with its title and date', () => {
  const rows = readFileSync('docs/adr/README.md', 'utf8').match(/^\| \d.*$/gm) ?? [];
  const expected = records.map((file) => {
    const text = readFileSync(file, 'utf8');
    const [, number, title] = /^# (\d+)\. (.+)$/m.exec(text) ?? [];
    const [, date] = /^- Date: (.+)$/m.exec(text) ?? [];
    return `| ${number} | [${title}](${path.basename(file)}) | ${date} |`;
  });

  expect(rows).toEqual(expected);
});
