import { openLocalTable } from './local-table.ts';
import { runScan, SCANS, type ScanName } from './scans.ts';

/**
 * Runs one scan in its own process, so that the measured memory is that of the scan:
 * `scan-worker.ts <endpoint> <table> <scan> <expected> <maximum seconds>`. Prints a line of JSON.
 */
const [endpoint = '', tableName = '', name = '', expected = '', secondsMax = ''] =
  process.argv.slice(2);
if (!Object.hasOwn(SCANS, name)) throw new Error(`There is no scan ${name}.`);
const table = openLocalTable(endpoint, tableName);
try {
  const bounds = { expected: Number(expected), secondsMax: Number(secondsMax) };
  console.log(JSON.stringify(await runScan(table, name as ScanName, bounds)));
} finally {
  table.client.destroy();
}
