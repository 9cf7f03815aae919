import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseNumberOptions } from '../test/support/number-options.ts';
import {
  createReconciliationCharts,
  type Measured,
  megabytes,
  perCell,
  perSecond,
  SCAN_LABELS,
  scannedCellsOf,
} from './reconciliation/charts.ts';
import { fillTable } from './reconciliation/fill-books.ts';
import { createInventoryTable } from './reconciliation/inventory-table.ts';
import type { BenchTable } from './reconciliation/local-table.ts';
import {
  type ScanBounds,
  type ScanName,
  type ScanResult,
  SEGMENTS,
} from './reconciliation/scans.ts';
import { publishReport } from './report.ts';

/**
 * Measures an audit of books without errors, like that of the reconciler: `npm run bench --
 * reconciliation --seconds 300 --save`. Compares it with the same pages without an audit of their
 * cells, and with a plain parallel Scan. A scan stops after the given number of seconds, and the
 * result is extrapolated. Units are those that DynamoDB Local reports for single items and queries,
 * as AWS bills them.
 */
const SIZES_DEFAULT = [1_000, 10_000, 100_000];
const CELLS_MAX = 1_000_000;
const USD_PER_MILLION_READ_UNITS = 0.125;
const USD_PER_MILLION_WRITE_UNITS = 0.625;
/** Price of arm64 functions. A request is one to the function and one to the HTTP API. */
const USD_PER_GIGABYTE_SECOND = 0.0000133334;
const USD_PER_MILLION_REQUESTS = 0.2 + 1;
const FUNCTION_GIGABYTES = 0.5;
const LARGE_TABLE_CELLS = 10_000_000;
const SCAN_WORKER = fileURLToPath(new URL('./reconciliation/scan-worker.ts', import.meta.url));
const SCAN_SECONDS_MAX = 3_600;
/** Time for the start, and for the pages that are in progress when the time is over. */
const GRACE_SECONDS = 120;
const WARM_UP_SECONDS = 20;

const USAGE = `npm run bench -- reconciliation [--cells N] [--seconds 300] [--save]

Audits N cells. The default is ${SIZES_DEFAULT.join(', ')}, one after another.`;
const { cells: cellCount, seconds: secondsMax } = parseNumberOptions(
  USAGE,
  { cells: 0, seconds: 300 },
  ['save'],
);
if (secondsMax < 1 || secondsMax > SCAN_SECONDS_MAX)
  throw new Error(`--seconds must be a number from 1 to ${SCAN_SECONDS_MAX}, not ${secondsMax}.`);
if (cellCount > CELLS_MAX)
  throw new Error(`--cells must be a number up to ${CELLS_MAX}, not ${cellCount}.`);
const sizes = cellCount === 0 ? SIZES_DEFAULT : [cellCount];

async function measureScans(cells: number): Promise<Measured> {
  const table = await createInventoryTable();
  try {
    const fillingAt = performance.now();
    const items = await fillTable(table, cells, Date.now());
    const fillSeconds = (performance.now() - fillingAt) / 1_000;
    console.error(`${cells} cells, ${items} items written in ${fillSeconds.toFixed(0)} s`);
    // Java compiles frequently used code, which would slow down the first scan.
    await runScanProcess(table, 'audit', { expected: cells, secondsMax: WARM_UP_SECONDS });
    const plainScan = await runScanProcess(table, 'plainScan', { expected: items, secondsMax });
    const listSkus = await runScanProcess(table, 'listSkus', { expected: cells, secondsMax });
    const audit = await runScanProcess(table, 'audit', { expected: cells, secondsMax });
    const measured = {
      cells,
      items,
      fillSeconds,
      audit,
      listSkus,
      plainScan,
      usdOfLarge: costOfLargeTable(audit),
    };
    // Printed now, because the next size may take an hour.
    console.error(JSON.stringify(measured));
    return measured;
  } finally {
    await table.stop();
  }
}

/** Runs each scan in its own process, because this one has the CDK in its memory. */
async function runScanProcess(
  { endpoint, name }: BenchTable,
  scan: ScanName,
  bounds: ScanBounds,
): Promise<ScanResult> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--expose-gc',
      SCAN_WORKER,
      endpoint,
      name,
      scan,
      String(bounds.expected),
      String(bounds.secondsMax),
    ],
    { timeout: (bounds.secondsMax + GRACE_SECONDS) * 1_000 },
  );
  return JSON.parse(stdout);
}

/**
 * Returns the cost in USD of one run over LARGE_TABLE_CELLS cells, extrapolated from a scan. A page
 * is billed for its function and for the worker that waits for it.
 */
function costOfLargeTable({ scannedCount, reads, writes, pages, seconds }: ScanResult) {
  const times = LARGE_TABLE_CELLS / scannedCount;
  const usd = {
    reads: (reads * times * USD_PER_MILLION_READ_UNITS) / 1e6,
    writes: (writes * times * USD_PER_MILLION_WRITE_UNITS) / 1e6,
    requests: (pages * times * USD_PER_MILLION_REQUESTS) / 1e6,
    // Each segment uses one auditing function and one worker.
    functions: seconds * times * SEGMENTS * 2 * FUNCTION_GIGABYTES * USD_PER_GIGABYTE_SECOND,
  };
  return { ...usd, total: Object.values(usd).reduce((sum, part) => sum + part, 0) };
}

const results: Measured[] = [];
for (const size of sizes) results.push(await measureScans(size));

publishReport('reconciliation', {
  rows: results.flatMap((one) =>
    SCAN_LABELS.map(({ name, key }) => {
      const {
        seconds,
        isComplete,
        reads,
        writes,
        requests,
        heapBytesBefore,
        heapBytesMax,
        rssBytesMax,
      } = one[key];
      return {
        cells: one.cells,
        scan: name,
        'scanned, %': isComplete
          ? 100
          : Number(((100 * scannedCellsOf(one, one[key], key)) / one.cells).toFixed(0)),
        seconds: Number(seconds.toFixed(1)),
        'cells/s': perSecond(one, key),
        'read units/cell': perCell(one, key, reads),
        'write units/cell': perCell(one, key, writes),
        'requests/cell': perCell(one, key, requests),
        'heap MB': megabytes(heapBytesMax),
        'above the start, MB': megabytes(heapBytesMax - heapBytesBefore),
        'RSS MB': megabytes(rssBytesMax),
        [`USD for ${LARGE_TABLE_CELLS / 1e6} M cells`]:
          key === 'audit' ? Number(one.usdOfLarge.total.toFixed(2)) : '',
      };
    }),
  ),
  result: { segments: SEGMENTS, secondsMax, results },
  charts: createReconciliationCharts(results),
});
