import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const REPORT_FOLDER = fileURLToPath(new URL('../docs/performance', import.meta.url));
const BYTES_PER_GIGABYTE = 2 ** 30;
/** Names of benchmarks and charts are also file names. */
const FILE_NAME = /^[a-z][a-z0-9-]*$/;

export type BenchReport = {
  /** Rows of the printed table. */
  readonly rows: readonly object[];
  /** Result that is printed as JSON, after the name, the time and the machine. */
  readonly result: object;
  /** SVG texts by file name without extension. */
  readonly charts?: Readonly<Record<string, string>>;
};

/**
 * Prints the result of a benchmark as a table and as one line of JSON. With `--save` on the command
 * line, also writes the JSON to `docs/performance/<name>.json` and each chart to
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

/** Returns the result of a benchmark with its time and machine. */
export const toReportLine = (name: string, result: object, now: Date = new Date()): object => ({
  bench: name,
  at: now.toISOString(),
  machine: describeMachine(),
  ...result,
});

/** Returns the files that `--save` writes, by name. */
export function toReportFiles(
  name: string,
  line: object,
  charts: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  for (const one of [name, ...Object.keys(charts)])
    if (!FILE_NAME.test(one))
      throw new Error(
        `"${one}" is not a valid file name: it must start with a-z and have only a-z, 0-9 and -.`,
      );
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
  // Load of the last minute, including the benchmark. Above the number of cores, the benchmark had
  // to wait for other processes.
  loadAverage: Number(os.loadavg()[0]?.toFixed(1)),
});
