import { readFileSync } from 'node:fs';

/** A piece of prose in a file: its text, and the number of its first line. */
export type Prose = {
  readonly kind: 'docblock' | 'comment' | 'message' | 'document';
  readonly line: number;
  readonly text: string;
};

/** First words that make a docblock a fragment without subject or verb. */
const FRAGMENT = /^(?:Of|As|By which|What|Whatever|Whoever|With)\b/;

/** A banned word or phrase, and plain words to use instead. */
type Ban = { readonly pattern: string; readonly use: string; readonly exceptIn?: RegExp };

/**
 * Words of the old private vocabulary, and archaic ones. Only words that are wrong in every
 * context.
 */
const BANS: readonly Ban[] = [
  { pattern: 'so many', use: 'up to N, at most N, each' },
  {
    pattern: 'whoever|whomever|somebody|nobody|anybody',
    use: 'the caller, the operator, another request, no request',
  },
  { pattern: '(?:come|comes|came|coming) again', use: 'retry, be delivered again' },
  { pattern: 'lapse|lapses|lapsed|lapsing', use: 'expire' },
  { pattern: 'twins?', use: 'concurrent duplicate' },
  { pattern: 'tell|tells|told|telling', use: 'return, log, write, report, distinguish' },
  { pattern: 'answer|answers|answered|answering', use: 'return, respond; response' },
  { pattern: 'says|said', use: 'state, return, report' },
  {
    pattern:
      '(?<!\\b(?:dead|capital|small|upper-?case|lower-?case|first|Greek|ASCII|Latin)[-\\s]+)letters?(?!,? (?:and|or|digits))',
    use: 'dead letter, message',
  },
  { pattern: 'desks?', use: 'dead-letter API' },
  { pattern: 'fold|folds|folded|folding', use: 'release expired holds' },
  { pattern: 'walk|walks|walked|walking', use: 'scan' },
  { pattern: 'glance|glances|glanced', use: 'sample, partial read' },
  { pattern: '(?<!delete )markers?', use: 'operation record, reservation record' },
  { pattern: 'slots?', use: 'expiry bucket' },
  { pattern: 'park|parks|parked|parking', use: 'flag for attention' },
  { pattern: 'refusals?', use: 'rejection, error' },
  {
    pattern: 'faults?(?!\\s+(?:injection|matrix|flows?))(?<!(?:injected|page)\\s+faults?)',
    use: 'error',
    exceptIn:
      /^test\/|^docs\/(?:CORRECTNESS|adr\/(?:0015|0030|0047))|^local\/faults\/|^cli\/commands\/fault\.ts/,
  },
  { pattern: 'borne', use: 'tolerated' },
  { pattern: 'a hand in', use: 'a manual edit of' },
  { pattern: "in (?:each other|one another)['’]s way", use: 'conflict' },
  {
    pattern:
      'anew|lest|whence|whereof|thereof|wherein|therein|whereupon|thereupon|hitherto|nought|thrice|forthwith|by and by|at no moment|in company',
    use: 'plain modern words',
  },
];

const COLUMNS_MAX = 100;

/**
 * Returns each place of `file` that breaks a rule of STYLE.md's section Language, as
 * `file:line: reason`.
 */
export function languageViolations(
  file: string,
  source = readFileSync(file, 'utf8'),
): readonly string[] {
  const prose = file.endsWith('.md') ? proseOfDocument(source) : proseOfCode(source);
  return prose
    .filter(({ kind }) => kind !== 'message' || !file.startsWith('test/'))
    .flatMap((piece) => [...fragment(piece), ...banned(file, piece), ...tooWide(piece)])
    .map(({ line, reason }) => `${file}:${line}: ${reason}`);
}

type Violation = { readonly line: number; readonly reason: string };

function fragment({ kind, line, text }: Prose): readonly Violation[] {
  const [first] = FRAGMENT.exec(text.replace(/^[\s/*]+/, '')) ?? [];
  return kind === 'docblock' && first !== undefined
    ? [{ line, reason: `a docblock starts with a verb or a noun phrase, not "${first}"` }]
    : [];
}

function banned(file: string, { line, text }: Prose): readonly Violation[] {
  const bare = withoutNames(text);
  return BANS.filter(({ exceptIn }) => exceptIn?.test(file) !== true).flatMap(({ pattern, use }) =>
    [...bare.matchAll(new RegExp(`\\b(?:${pattern})\\b(?!\\()`, 'gi'))].map(
      ({ 0: found, index }) => ({
        line: line + lineOf(bare, index) - 1,
        reason: `"${found.replace(/\s+/, ' ')}": use ${use}`,
      }),
    ),
  );
}

function tooWide({ kind, line, text }: Prose): readonly Violation[] {
  if (kind === 'message') return [];
  return text
    .split('\n')
    .flatMap((row, index) =>
      row.length > COLUMNS_MAX && isWrappable(row)
        ? [{ line: line + index, reason: `${row.length} columns: wrap prose at ${COLUMNS_MAX}` }]
        : [],
    );
}

/** Returns false for table rows, directives and single long words, links or pieces of code. */
const isWrappable = (row: string): boolean =>
  !/^\s*\||biome-ignore|@ts-|^[\s>#/*-]*(?:\d+\.\s+)?(?:@see )?\S+(?: \*\/)?$/.test(
    row.replaceAll(/`[^`]*`/g, blank),
  );

/**
 * Blanks out code and quotations, which may contain other words. Keeps the lines.
 */
function withoutNames(text: string): string {
  return text
    .replace(/^[ \t]*\*(?!\/)/gm, (star) => ' '.repeat(star.length))
    .replaceAll(
      /`[^`]*`|"[^"\n]*(?:\n[^"\n]*)?"|“[^”]*”|‘[^’]*’|\]\([^)]*\)|<[^>\s]*>|https?:\S+/g,
      blank,
    );
}

const blank = (text: string): string => text.replaceAll(/[^\n]/g, '_');

const FENCE = /^([ \t]*)(```|~~~)[\s\S]*?^\1\2[^\n]*$/gm;
const FRONT_COMMENT = /<!--[\s\S]*?-->/g;

/** Returns a document's prose, with fenced blocks and HTML comments blanked out. */
const proseOfDocument = (source: string): readonly Prose[] => [
  {
    kind: 'document',
    line: 1,
    text: source.replaceAll(FENCE, noLines).replaceAll(FRONT_COMMENT, noLines),
  },
];

const noLines = (text: string): string => text.replaceAll(/[^\n]/g, '');

const COMMENT = /^[ \t]*\/\*[\s\S]*?\*\/|^[ \t]*\/\/.*(?:\n[ \t]*\/\/.*)*/gm;
/** A comment after code. A string with ` // ` after a bracket would be a false alarm. */
const TRAILING = /(?<=^[^'"`\n]*[;,{}()[\]][ \t]+)\/\/ .*$/gm;
const LITERAL = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/.source;
const MESSAGE = new RegExp(
  `(?:\\bnew \\w*Error\\(|\\b(?:detail|title|summary|description):)\\s*((?:(?:${LITERAL})[\\s+]*)+)`,
  'g',
);

/** Returns a source file's docblocks, other comments, and texts for users and operators. */
function proseOfCode(source: string): readonly Prose[] {
  const comments = [...source.matchAll(COMMENT), ...source.matchAll(TRAILING)].map(
    ({ 0: text, index }): Prose => ({
      kind: /^\s*\/\*\*/.test(text) ? 'docblock' : 'comment',
      line: lineOf(source, index),
      text,
    }),
  );
  const messages = [...source.matchAll(MESSAGE)].map(
    ({ 1: text = '', index, 0: whole }): Prose => ({
      kind: 'message',
      line: lineOf(source, index + whole.indexOf(text)),
      text: text.replaceAll(/\$\{[^}]*\}/g, blank).replaceAll(/(?<!\\)[`"]/g, ' '),
    }),
  );
  return [...comments, ...messages];
}

const lineOf = (text: string, index: number): number => text.slice(0, index).split('\n').length;
