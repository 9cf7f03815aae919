import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const SECTIONS = ['Context', 'Decision', 'Consequences', 'Alternatives considered', 'Evidence'];
const records = globSync('docs/adr/[0-9]*.md').sort();

test('decision records are numbered without a gap', () => {
  const numbers = records.map((file) => Number(path.basename(file).split('-')[0]));

  expect(numbers.length).toBeGreaterThan(40);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
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
