import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMMAND_NAMES } from '../../../cli/program.ts';
import { MovementKind } from '../../../lambdas/contracts/api/inventory.ts';
import { CONFIG_OPTIONS } from '../../../lib/config.ts';
import { proseOf, proseViolations } from './japanese-prose.ts';

const page = readFileSync('README.ja.md', 'utf8');
const englishPage = readFileSync('README.md', 'utf8');
const settings = Object.values(CONFIG_OPTIONS).flatMap(Object.keys);

/** Returns what a group of the pattern matches, once for each different text. */
const namedIn = (text: string, pattern: RegExp): readonly string[] => [
  ...new Set([...text.matchAll(pattern)].map(([, name = '']) => name)),
];

describe('README.ja.md explains in a sentence:', () => {
  test.each([
    '真実の管理者',
    '予約',
    '確保',
    '決済',
    '入荷',
    '発送',
    'イベント',
    '再送',
    '補償トランザクション',
    '返金',
    '棚卸し',
    '不整合',
    'アラート',
    '最終的に辻褄が合う',
  ])('%s', (word) => {
    const sentences = proseOf(page).filter(
      ({ text }) => text.includes(word) && text.endsWith('。'),
    );

    expect(sentences).not.toEqual([]);
  });
});

describe('README.ja.md', () => {
  test('has one sentence on each line of prose, and no space within Japanese text', () => {
    expect(proseOf(page).length).toBeGreaterThan(80);
    expect(proseViolations(page)).toEqual([]);
  });

  test('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
    const named = namedIn(page, /npm (?:run (?:-s )?)?((?!run\b|ci\b)[a-z][\w:-]*)/g);

    expect(named.length).toBeGreaterThan(4);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  test('names only commands that `stockbook` has', () => {
    const named = namedIn(page, /stockbook -- ([\w-]+)/g);

    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((name) => !COMMAND_NAMES.includes(name))).toEqual([]);
  });

  test('names only settings that the configuration has', () => {
    const named = [
      ...namedIn(page, /-c '?(\w+)=/g),
      ...namedIn(page, /^\| `(\w+)` \| [^|]+ \| [^|]+ \|$/gm),
      ...namedIn(page, /^ {2}"(\w+)": /gm),
      ...namedIn(page, /`(\w+)=\w+`/g),
    ];

    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((name) => !settings.includes(name))).toEqual([]);
  });

  test('names only files and folders that exist, and says which linked pages are in English', () => {
    const links = [...page.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)(（英語）)?/g)];
    const targets = [
      ...links.map(([, target = '']) => target),
      ...namedIn(page, /\b(test\/\S+\.ts)\b/g),
    ];

    expect(links.length).toBeGreaterThan(10);
    expect(targets.filter((target) => !existsSync(target))).toEqual([]);
    expect(
      links
        .filter(
          ([, target, isMarked]) =>
            target?.endsWith('.md') && target.startsWith('docs/') && isMarked === undefined,
        )
        .map(([link]) => link),
    ).toEqual([]);
  });

  test('links only to its own headings', () => {
    const headings = namedIn(page, /^#+ (.+)$/gm).map((heading) => heading.replaceAll(' ', '-'));
    const named = namedIn(page, /\]\(#([^)]+)\)/g);

    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((heading) => !headings.includes(heading))).toEqual([]);
  });
});

describe('the table of the moments at which numbers fall', () => {
  type Row = { readonly numbers: readonly number[]; readonly movement: string };
  const rowsOf = (text: string): readonly Row[] =>
    [
      ...text.matchAll(/^\| [^|]+ \|((?: \**\d+\** \|){4}) `(\w+)`[:：] ?`(\w+)` → `(\w+)` \|$/gm),
    ].map(([, cells = '', kind, from, to]) => ({
      numbers: (cells.match(/\d+/g) ?? []).map(Number),
      movement: `${kind} ${from} ${to}`,
    }));

  test('has the same rows in both languages', () => {
    expect(rowsOf(englishPage)).toHaveLength(4);
    expect(rowsOf(page)).toEqual(rowsOf(englishPage));
  });

  test('adds up: on hand is the sum of the accounts, and each row follows from its movement', () => {
    const accounts = ['available', 'held', 'committed'];
    let balances = [0, 0, 0];
    for (const { numbers, movement } of rowsOf(englishPage)) {
      const [kind, from, to] = movement.split(' ');
      const units = kind === 'RECEIVED' ? 3 : 1;
      balances = balances.map(
        (balance, index) =>
          balance + (accounts[index] === to ? units : 0) - (accounts[index] === from ? units : 0),
      );

      expect(MovementKind.options).toContain(kind);
      expect(numbers).toEqual([balances.reduce((sum, balance) => sum + balance), ...balances]);
    }
  });
});

describe('a violation in Japanese prose is found:', () => {
  test.each([
    ['a wrapped sentence', '在庫は\n減ります。'],
    ['a wrapped item of a list', '- 在庫は\n  減ります。'],
    ['a sentence without its end', '在庫は減ります'],
    ['two sentences on a line', '在庫は減ります。売れたからです。'],
    ['a space between Japanese letters', '在庫は 減ります。'],
  ])('%s', (_case, text) => {
    expect(proseViolations(text)).toHaveLength(1);
  });

  test.each([
    ['a sentence before a list', '次のとおりです：\n\n- 在庫'],
    ['a quotation of a sentence', '「予約しました。次へ」と返します。'],
    ['a sentence with Latin words', '`POST /orders` は 1 個を予約します（`held`）。'],
    ['a table, a heading and code', '# 在庫\n\n| 在庫は 減ります |\n\n```sh\n# 在庫は\n```'],
  ])('but not in %s', (_case, text) => {
    expect(proseViolations(text)).toEqual([]);
  });
});
