import { describe, expect, test } from 'vitest';
import { formatFindings } from '../../../cli/finding-report.ts';
import { readCountFile } from '../../../cli/stock-take/count-file.ts';
import {
  describeSummary,
  formatCountReport,
  summarizeCounts,
} from '../../../cli/stock-take/count-report.ts';
import { formatValue } from '../../../cli/text.ts';

const MODIFIED = new Date('2026-01-01T08:00:00.000Z');
const NOW = new Date('2026-01-01T12:00:00.000Z');
const read = (text: string) => readCountFile(Buffer.from(text), MODIFIED, NOW);
const HEADER = 'sku,locationId,counted,countedAt';

describe('a file of counts', () => {
  test('is read line by line, with defaults for location and time', () => {
    const { valid, invalid } = read(`${HEADER}\ntea,annex,8,2026-01-01T09:30:00Z\ncup,,0,\n`);

    expect(valid).toEqual([
      {
        line: 2,
        sku: 'tea',
        locationId: 'annex',
        counted: 8,
        countedAt: '2026-01-01T09:30:00.000Z',
        key: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      {
        line: 3,
        sku: 'cup',
        locationId: 'main',
        counted: 0,
        countedAt: '2026-01-01T08:00:00.000Z',
        key: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
    expect(invalid).toEqual([]);
  });

  test.each([
    ['columns in another order', 'counted,sku\n8,tea\n'],
    ['a byte order mark', `\uFEFF${HEADER}\ntea,,8,\n`],
    ['lines that end as on Windows', `${HEADER}\r\ntea,,8,\r\n`],
    ['blank lines', `\n${HEADER}\n\ntea,,8,\n\n`],
    ['quotes', `${HEADER}\n"tea","","8",""\n`],
    ['blanks around', ` sku , counted \n tea , 8 \n`],
    [
      'semicolons, as Excel writes in many countries',
      'sku;locationId;counted;countedAt\r\ntea;;8;\r\n',
    ],
    ['tabs', 'sku\tcounted\ntea\t8\n'],
    ['trailing lines that have only separators', `${HEADER}\ntea,,8,\n,,,\n , , , \n`],
    ['trailing lines that have only semicolons', 'sku;counted\ntea;8\n;\n;;\n'],
  ])('may have %s', (_case, text) => {
    expect(read(text)).toMatchObject({
      valid: [{ sku: 'tea', counted: 8, locationId: 'main' }],
      invalid: [],
    });
  });

  test.each([
    ['bad sku,,8,', ['"bad sku" is no sku']],
    ['tea,two words,8,', ['"two words" is no location']],
    ['tea,,,', ['counted must be a whole number from 0 to 1000000, not ""']],
    ['tea,,-1,', ['counted must be a whole number from 0 to 1000000, not "-1"']],
    ['tea,,1.5,', ['counted must be a whole number from 0 to 1000000, not "1.5"']],
    ['tea,,1000001,', ['counted must be a whole number from 0 to 1000000, not "1000001"']],
    ['tea,,8,yesterday', ['countedAt must be a time like 2026-01-31T09:30:00Z, not "yesterday"']],
    [
      'tea,,8,2026-02-31T25:00:00Z',
      ['countedAt must be a time like 2026-01-31T09:30:00Z, not "2026-02-31T25:00:00Z"'],
    ],
    [
      'tea,,8,2025-02-30T10:00:00Z',
      ['countedAt must be a time like 2026-01-31T09:30:00Z, not "2025-02-30T10:00:00Z"'],
    ],
    ['tea,,8,2026-01-01T12:00:01Z', ['countedAt is in the future: 2026-01-01T12:00:01Z']],
    ['tea,,8', ['it has 3 columns, not 4']],
    ['tea,,8,,', ['it has 5 columns, not 4']],
    [
      'bad sku,,x,',
      ['"bad sku" is no sku', 'counted must be a whole number from 0 to 1000000, not "x"'],
    ],
  ])('reports the errors and the number of a line: %s', (line, faults) => {
    const { valid, invalid } = read(`${HEADER}\ncup,,1,\n${line}\npot,,2,\n`);

    expect(invalid).toEqual([{ line: 3, text: line, errors: faults }]);
    expect(valid.map(({ sku }) => sku)).toEqual(['cup', 'pot']);
  });

  test('rejects the second count of a location', () => {
    const { valid, invalid } = read(`${HEADER}\ntea,main,8,\ntea,,9,\ntea,annex,1,\n`);

    expect(valid.map(({ line }) => line)).toEqual([2, 4]);
    expect(invalid).toEqual([
      { line: 3, text: 'tea,,9,', errors: ['tea at main is counted in line 2 already'] },
    ]);
  });

  test.each([
    ['nothing', '', 'The file is empty. Its first line must be sku,locationId,counted,countedAt.'],
    ['a header alone', `${HEADER}\n`, 'The file has a header and no lines.'],
    [
      'a column that is not known',
      'sku,counted,price\ntea,1,2\n',
      'Unknown columns "price" (known: sku, locationId, counted, countedAt)',
    ],
    ['no column of counts', 'sku,locationId\ntea,main\n', 'The header has no column counted.'],
    ['a column twice', 'sku,counted,counted\ntea,1,1\n', 'A column is in the header twice.'],
    ['bytes that are no text', 'sku,counted\n\0\n', 'This is not a text file.'],
    ['a quote that does not end', 'sku,counted\n"tea,1\n', 'This is not a CSV file'],
  ])('with %s is rejected', (_case, text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  test('has other keys when it is the same a week later', () => {
    const text = `${HEADER}\ntea,,8,\n`;
    const keyAt = (modifiedAt: string) =>
      readCountFile(Buffer.from(text), new Date(modifiedAt), new Date('2026-02-01T00:00:00Z'))
        .valid[0]?.key;

    expect(keyAt('2026-01-08T08:00:00Z')).not.toBe(keyAt('2026-01-01T08:00:00Z'));
    expect(keyAt('2026-01-08T08:00:00Z')).toBe(keyAt('2026-01-08T08:00:00.000Z'));
  });

  test('has stable keys, and a different key for each line', () => {
    const text = `${HEADER}\ntea,,8,\ncup,,8,\n`;
    const keys = read(text).valid.map(({ key }) => key);

    expect(read(text).valid.map(({ key }) => key)).toEqual(keys);
    expect(new Set([...keys, ...read(`${text}\n`).valid.map(({ key }) => key)]).size).toBe(4);
  });
});

describe('the report of a stock-take', () => {
  const { valid, invalid } = read(
    `${HEADER}\ntea,,8,\ncup,,1,\nbad sku,,1,\npot,,5,\nmug,,5,\njar,,4,\nlid,,3,\n`,
  );
  const sent = valid.map((line, index) => ({
    line,
    outcome: [
      { status: 'POSTED', expected: 9, difference: -1 },
      { status: 'PENDING_APPROVAL', expected: 5, difference: -4, findingId: 'fnd_1' },
      { status: 'FAILED', reason: 'NOT_FOUND There is no such sku.' },
      { status: 'NOT_SENT' },
      { status: 'SUPERSEDED', expected: 5, difference: -1, supersededBy: 'cnt_1' },
      { status: 'ALREADY_POSTED', expected: 2, difference: 1 },
    ][index] as never,
  }));

  test('lists each line of the file in order, with its result', () => {
    const rows = formatCountReport(sent, invalid)
      .split('\n')
      .filter((row) => /\d/.test(row))
      .map((row) => row.split('│').map((cell) => cell.trim()));

    expect(rows).toEqual([
      ['', '2', 'tea', 'main', '9', '8', '-1', 'POSTED', ''],
      ['', '3', 'cup', 'main', '5', '1', '-4', 'PENDING_APPROVAL: finding fnd_1', ''],
      ['', '4', 'bad sku,,1,', '', '', '', '', 'INVALID: "bad sku" is no sku', ''],
      ['', '5', 'pot', 'main', '', '5', '', 'FAILED: NOT_FOUND There is no such sku.', ''],
      ['', '6', 'mug', 'main', '', '5', '', 'NOT SENT: the command stopped before', ''],
      [
        '',
        '7',
        'jar',
        'main',
        '5',
        '4',
        '-1',
        'SUPERSEDED: count cnt_1 is newer or equally old',
        '',
      ],
      ['', '8', 'lid', 'main', '2', '3', '+1', 'ALREADY POSTED', ''],
    ]);
  });

  test('summarizes the outcomes', () => {
    const summary = summarizeCounts(sent, invalid);

    expect(summary).toEqual({
      lines: 7,
      posted: 1,
      alreadyPosted: 1,
      pendingApproval: 1,
      superseded: 1,
      failed: 1,
      notSent: 1,
      invalid: 1,
    });
    expect(describeSummary(summary)).toBe(
      '7 lines: 1 posted, 1 already posted, 1 wait for approval, 1 superseded, 1 invalid, 1 failed, 1 not sent',
    );
    expect(describeSummary({ ...summary, alreadyPosted: 0, notSent: 0 })).toBe(
      '7 lines: 1 posted, 1 wait for approval, 1 superseded, 1 invalid, 1 failed',
    );
  });
});

describe('the report of findings', () => {
  test('has a table and wrapped explanations', () => {
    const report = formatFindings(
      [
        {
          findingId: 'fnd_1',
          revision: 1,
          kind: 'BALANCE_DIFFERS',
          subject: 'cell:tea/main/0',
          expected: { available: 5, held: {}, committed: 0 },
          actual: { available: 8, held: {}, committed: 0 },
          difference: { available: -3 },
          explanation: 'The balance of tea/main/0 is not what its movements add up to.',
          since: '2026-01-01T12:00:00.000Z',
          proposedRepair: { action: 'rebuildBalance', effect: 'Sets it right.' },
        },
        {
          findingId: 'fnd_2',
          revision: 4,
          kind: 'DEAD_LETTERS',
          subject: 'queue:q',
          difference: 2,
          explanation: 'Two.',
          since: '2026-01-01T12:00:00.000Z',
        },
        {
          findingId: 'fnd_3',
          revision: 1,
          kind: 'LOCATION_MISSING',
          subject: 'location:annex',
          expected: 'a record of the location',
          actual: null,
          difference: 'no record',
          explanation: 'Three.',
          since: '2026-01-01T12:00:00.000Z',
        },
      ],
      'open',
      40,
    );

    expect(report).toContain('available: book 8, expected 5, correction -3');
    expect(report).toContain(
      '   The balance of tea/main/0 is not what\n   its movements add up to.',
    );
    expect(report).toContain('   Approval: Sets it right.');
    expect(report).toMatch(/LOCATION_MISSING +│ location:annex +│ no record +│ .+ │ none /);
    expect(report).toContain('   It needs a decision: see\n   docs/runbook/LOCATION_MISSING.md.');
    expect(report).toContain('docs/runbook/DEAD_LETTERS.md');
  });

  test('has one line without findings', () => {
    expect(formatFindings([], 'open', undefined)).toBe('No open findings: the books agree.');
  });

  test.each([
    [{ amount: 300, currency: 'EUR' }, 'amount 300, currency EUR'],
    [-4, '-4'],
    [null, ''],
    [[{ tea: 1 }, { cup: 2 }], 'tea 1; cup 2'],
  ])('writes %j as %s', (value, text) => {
    expect(formatValue(value)).toBe(text);
  });
});
