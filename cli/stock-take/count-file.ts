import { createHash } from 'node:crypto';
import { parse } from 'csv-parse/sync';
import { Usage } from '../client/where.ts';

/** A line of a count that can be sent. */
export type CountLine = {
  /** As an editor counts them; the header is line 1. */
  readonly line: number;
  readonly sku: string;
  readonly locationId: string;
  readonly counted: number;
  /** ISO 8601. */
  readonly countedAt: string;
  /**
   * Idempotency key: the same whenever the same line of the same file is sent with the same time of the count. Next week's
   * file with the same numbers is another count.
   */
  readonly key: string;
};
/** A line that cannot be sent, and all that is wrong with it. */
export type BadLine = {
  readonly line: number;
  readonly text: string;
  readonly faults: readonly string[];
};
export type CountFile = { readonly good: readonly CountLine[]; readonly bad: readonly BadLine[] };

const COLUMNS = ['sku', 'locationId', 'counted', 'countedAt'] as const;
type Column = (typeof COLUMNS)[number];
const REQUIRED: readonly Column[] = ['sku', 'counted'];

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const TIME = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z$/;
/** Spreadsheets separate columns by a semicolon where a comma separates decimals. */
const DELIMITERS = [',', ';', '\t'] as const;
const COUNTED_MAX = 1_000_000;
const MAIN_LOCATION = 'main';

type Record = { readonly record: readonly string[]; readonly info: { readonly lines: number } };

/**
 * Reads a file of counts: values separated by commas, semicolons or tabs (RFC 4180 otherwise) with a header line, columns in
 * any order. Each line is either good, or bad with all that is wrong with it; a line with nothing in it is passed over. A line
 * without a time was counted at `modifiedAt`. Throws Usage for anything else.
 */
export function readCountFile(content: Buffer, modifiedAt: Date, now: Date): CountFile {
  if (content.includes(0)) throw new Usage('this is not a text file');
  const [header, ...records] = parsed(content);
  if (header === undefined)
    throw new Usage(`the file is empty; its first line is ${COLUMNS.join(',')}`);
  const columns = columnsOf(header.record);
  const fileHash = createHash('sha256').update(content).digest('hex');

  const good: CountLine[] = [];
  const bad: BadLine[] = [];
  const seen = new Map<string, number>();
  for (const { record, info } of records) {
    if (record.every((value) => value.trim() === '')) continue;
    const line = info.lines;
    const field = (column: Column): string => record[columns.indexOf(column)]?.trim() ?? '';
    const locationId = field('locationId') || MAIN_LOCATION;
    const place = `${field('sku')} at ${locationId}`;
    const countedAt = field('countedAt') || modifiedAt.toISOString();
    const faults = [
      ...(record.length === columns.length
        ? []
        : [`it has ${record.length} columns, not ${columns.length}`]),
      ...(NAME.test(field('sku')) ? [] : [`"${field('sku')}" is no sku`]),
      ...(NAME.test(locationId) ? [] : [`"${locationId}" is no location`]),
      ...countedFaults(field('counted')),
      ...timeFaults(countedAt, now),
      ...(seen.has(place) ? [`${place} is counted in line ${seen.get(place)} already`] : []),
    ];
    if (!seen.has(place)) seen.set(place, line);
    if (faults.length > 0) bad.push({ line, text: record.join(','), faults });
    else {
      const at = new Date(countedAt).toISOString();
      const key = createHash('sha256').update(`${fileHash} ${line} ${at}`).digest('hex');
      good.push({
        line,
        sku: field('sku'),
        locationId,
        counted: Number(field('counted')),
        countedAt: at,
        key,
      });
    }
  }
  if (good.length + bad.length === 0) throw new Usage('the file has a header and no lines');
  return { good, bad };
}

function parsed(content: Buffer): Record[] {
  try {
    return parse(content, {
      bom: true,
      delimiter: delimiterOf(content),
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as Record[];
  } catch (fault) {
    throw new Usage(`this is no CSV file: ${fault instanceof Error ? fault.message : fault}`);
  }
}

/** The one that separates the header: the names of the columns contain none of them. */
function delimiterOf(content: Buffer): string {
  const [header = ''] = content.toString('utf8').trimStart().split(/\r?\n/, 1);
  return DELIMITERS.find((delimiter) => header.includes(delimiter)) ?? DELIMITERS[0];
}

function columnsOf(header: readonly string[]): readonly string[] {
  const names = header.map((name) => name.trim());
  const unknown = names.filter((name) => !COLUMNS.some((column) => column === name));
  if (unknown.length > 0)
    throw new Usage(
      `unknown columns ${unknown.map((name) => `"${name}"`).join(', ')} (known: ${COLUMNS.join(', ')})`,
    );
  const missing = REQUIRED.filter((column) => !names.includes(column));
  if (missing.length > 0) throw new Usage(`the header has no column ${missing.join(', ')}`);
  if (new Set(names).size < names.length) throw new Usage('a column is in the header twice');
  return names;
}

const countedFaults = (text: string): string[] =>
  /^\d{1,7}$/.test(text) && Number(text) <= COUNTED_MAX
    ? []
    : [`counted must be a whole number from 0 to ${COUNTED_MAX}, not "${text}"`];

function timeFaults(text: string, now: Date): string[] {
  const at = Date.parse(text);
  if (Number.isNaN(at) || !isDayOfCalendar(text))
    return [`countedAt must be a time like 2026-01-31T09:30:00Z, not "${text}"`];
  return at > now.getTime() ? [`countedAt is in the future: ${text}`] : [];
}

/** False for 30 February, which Date.parse reads as 2 March. */
function isDayOfCalendar(text: string): boolean {
  const [, year, month, day] = TIME.exec(text)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined) return false;
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
}
