import { createHash } from 'node:crypto';
import { parse } from 'csv-parse/sync';
import { UserError } from '../../local/errors.ts';

/** Line of a count file that can be sent. */
export type CountLine = {
  /** Line number in the file; the header is line 1. */
  readonly line: number;
  readonly sku: string;
  readonly locationId: string;
  readonly counted: number;
  /** ISO 8601. */
  readonly countedAt: string;
  /**
   * Idempotency key: the same whenever the same line of the same file is sent with the same time of
   * the count. A later file with the same numbers is another count.
   */
  readonly key: string;
};
/** Line that cannot be sent, with all its errors. */
export type InvalidLine = {
  readonly line: number;
  readonly text: string;
  readonly errors: readonly string[];
};
export type CountFile = {
  readonly valid: readonly CountLine[];
  readonly invalid: readonly InvalidLine[];
};

const COLUMNS = ['sku', 'locationId', 'counted', 'countedAt'] as const;
type Column = (typeof COLUMNS)[number];
const REQUIRED: readonly Column[] = ['sku', 'counted'];

const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const TIME = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z$/;
/** Spreadsheets use a semicolon between columns where a comma separates decimals. */
const DELIMITERS = [',', ';', '\t'] as const;
const COUNTED_MAX = 1_000_000;
const MAIN_LOCATION = 'main';

type CsvRecord = { readonly record: readonly string[]; readonly info: { readonly lines: number } };

/**
 * Reads a file of counts: values separated by commas, semicolons or tabs (otherwise RFC 4180), a
 * header line, and columns in any order. Returns the valid lines, and the invalid lines with all
 * their errors; skips empty lines. A line without a time was counted at `modifiedAt`. Throws a
 * UserError for anything else.
 */
export function readCountFile(content: Buffer, modifiedAt: Date, now: Date): CountFile {
  if (content.includes(0)) throw new UserError('This is not a text file.');
  const [header, ...records] = parseCsv(content);
  if (header === undefined)
    throw new UserError(`The file is empty. Its first line must be ${COLUMNS.join(',')}.`);
  const columns = parseHeader(header.record);
  const fileHash = createHash('sha256').update(content).digest('hex');

  const valid: CountLine[] = [];
  const invalid: InvalidLine[] = [];
  const lineOfShelf = new Map<string, number>();
  for (const { record, info } of records) {
    if (record.every((value) => value.trim() === '')) continue;
    const line = info.lines;
    const field = (column: Column): string => record[columns.indexOf(column)]?.trim() ?? '';
    const locationId = field('locationId') || MAIN_LOCATION;
    const shelf = `${field('sku')} at ${locationId}`;
    const countedAt = field('countedAt') || modifiedAt.toISOString();
    const errors = [
      ...(record.length === columns.length
        ? []
        : [`it has ${record.length} columns, not ${columns.length}`]),
      ...(IDENTIFIER.test(field('sku')) ? [] : [`"${field('sku')}" is no sku`]),
      ...(IDENTIFIER.test(locationId) ? [] : [`"${locationId}" is no location`]),
      ...countedErrors(field('counted')),
      ...timeErrors(countedAt, now),
      ...(lineOfShelf.has(shelf)
        ? [`${shelf} is counted in line ${lineOfShelf.get(shelf)} already`]
        : []),
    ];
    if (!lineOfShelf.has(shelf)) lineOfShelf.set(shelf, line);
    if (errors.length > 0) invalid.push({ line, text: record.join(','), errors });
    else {
      const at = new Date(countedAt).toISOString();
      const key = createHash('sha256').update(`${fileHash} ${line} ${at}`).digest('hex');
      valid.push({
        line,
        sku: field('sku'),
        locationId,
        counted: Number(field('counted')),
        countedAt: at,
        key,
      });
    }
  }
  if (valid.length + invalid.length === 0)
    throw new UserError('The file has a header and no lines.');
  return { valid, invalid };
}

function parseCsv(content: Buffer): CsvRecord[] {
  try {
    return parse(content, {
      bom: true,
      delimiter: delimiterOf(content),
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as CsvRecord[];
  } catch (error) {
    throw new UserError(
      `This is not a CSV file: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** Returns the delimiter of the header. No column name contains one. */
function delimiterOf(content: Buffer): string {
  const [header = ''] = content.toString('utf8').trimStart().split(/\r?\n/, 1);
  return DELIMITERS.find((delimiter) => header.includes(delimiter)) ?? DELIMITERS[0];
}

function parseHeader(header: readonly string[]): readonly string[] {
  const names = header.map((name) => name.trim());
  const unknown = names.filter((name) => !COLUMNS.some((column) => column === name));
  if (unknown.length > 0)
    throw new UserError(
      `Unknown columns ${unknown.map((name) => `"${name}"`).join(', ')} (known: ${COLUMNS.join(', ')}).`,
    );
  const missing = REQUIRED.filter((column) => !names.includes(column));
  if (missing.length > 0) throw new UserError(`The header has no column ${missing.join(', ')}.`);
  if (new Set(names).size < names.length) throw new UserError('A column is in the header twice.');
  return names;
}

const countedErrors = (text: string): string[] =>
  /^\d{1,7}$/.test(text) && Number(text) <= COUNTED_MAX
    ? []
    : [`counted must be a whole number from 0 to ${COUNTED_MAX}, not "${text}"`];

function timeErrors(text: string, now: Date): string[] {
  const at = Date.parse(text);
  if (Number.isNaN(at) || !isCalendarDay(text))
    return [`countedAt must be a time like 2026-01-31T09:30:00Z, not "${text}"`];
  return at > now.getTime() ? [`countedAt is in the future: ${text}`] : [];
}

/** Returns false for dates such as 30 February, which Date.parse reads as 2 March. */
function isCalendarDay(text: string): boolean {
  const [, year, month, day] = TIME.exec(text)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined) return false;
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
}
