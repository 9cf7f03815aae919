import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const REPORT_FOLDER = fileURLToPath(new URL('../docs/performance', import.meta.url));
const BYTES_PER_GIGABYTE = 2 ** 30;
/** A name of a bench or chart is one of a file as well. */
const FILE_NAME = /^[a-z][a-z0-9-]*$/;

export type BenchReport = {
  /** What is printed as a table. */
  readonly rows: readonly object[];
  /** What is printed as JSON, after the name, the time and the machine. */
  readonly result: object;
  /** An SVG by the name of its file, without the ending. */
  readonly charts?: Readonly<Record<string, string>>;
};

/**
 * Tells what a bench found: a table for people, then one line of JSON. With `--save` on the command
 * line the JSON is kept as `docs/performance/<name>.json` and each chart as
 * `docs/performance/<chart>.svg`, which docs/PERFORMANCE.md shows.
 */
export function publishReport(name: string, benchReport: BenchReport): void {
  const line = toReportLine(name, benchReport.result);
  const save = process.argv.includes('--save');
  const files = save ? toReportFiles(name, line, benchReport.charts) : {};
  console.table(benchReport.rows);
  console.log(JSON.stringify(line));
  if (save) mkdirSync(REPORT_FOLDER, { recursive: true });
  for (const [file, text] of Object.entries(files))
    writeFileSync(path.join(REPORT_FOLDER, file), text);
}

/** What a bench found, where and when. */
export const toReportLine = (name: string, result: object, now: Date = new Date()): object => ({
  bench: name,
  at: now.toISOString(),
  machine: describeMachine(),
  ...result,
});

/** The files that `--save` keeps, by their names. */
export function toReportFiles(
  name: string,
  line: object,
  charts: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  for (const one of [name, ...Object.keys(charts)])
    if (!FILE_NAME.test(one))
      throw new Error(`"${one}" cannot be a file's name: it takes a-z, 0-9 and -`);
  return {
    [`${name}.json`]: `${JSON.stringify(line, null, 2)}\n`,
    ...Object.fromEntries(Object.entries(charts).map(([chart, svg]) => [`${chart}.svg`, svg])),
  };
}

const describeMachine = () => ({
  cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
  cores: os.availableParallelism(),
  memoryGigabytes: Math.round(os.totalmem() / BYTES_PER_GIGABYTE),
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  // Of the last minute, with the bench itself: above the cores, it waited for others.
  loadAverage: Number(os.loadavg()[0]?.toFixed(1)),
});
