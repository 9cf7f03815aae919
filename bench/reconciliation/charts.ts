import { lineChart } from '../charts.ts';
import { type ScanName, type ScanResult, SEGMENTS } from './scans.ts';

export type Measured = Readonly<Record<ScanName, ScanResult>> & {
  readonly cells: number;
  readonly items: number;
  readonly fillSeconds: number;
  readonly usdOfLarge: Readonly<Record<string, number>> & { readonly total: number };
};

const BYTES_PER_MEGABYTE = 1e6;
export const SCAN_LABELS = [
  { name: 'audit of every cell', key: 'audit' },
  { name: 'pages without the audit', key: 'listSkus' },
  { name: 'plain parallel Scan', key: 'plainScan' },
] as const;

/** Returns the number of scanned cells. The plain Scan counts all items of each cell. */
export const scannedCellsOf = (
  { cells, items }: Measured,
  { scannedCount }: ScanResult,
  key: string,
): number => (key === 'plainScan' ? scannedCount * (cells / items) : scannedCount);
export const perSecond = (one: Measured, key: ScanName): number =>
  Number((scannedCellsOf(one, one[key], key) / one[key].seconds).toFixed(0));
export const perCell = (one: Measured, key: ScanName, count: number): number =>
  Number((count / scannedCellsOf(one, one[key], key)).toFixed(2));
export const megabytes = (bytes: number): number => Number((bytes / BYTES_PER_MEGABYTE).toFixed(1));

const xName = 'cells in the table';
const SUBTITLE = `DynamoDB Local, ${SEGMENTS} segments; three changes, one operation record and two reservations per cell`;

export const createReconciliationCharts = (results: readonly Measured[]) => ({
  'reconciliation-speed': lineChart({
    title: 'Cells per second of a reconciliation',
    subtitle: SUBTITLE,
    xName,
    yName: 'cells per second',
    logX: true,
    logY: true,
    series: SCAN_LABELS.map(({ name, key }) => ({
      name,
      dashed: key !== 'audit',
      points: results.map((one): [number, number] => [one.cells, perSecond(one, key)]),
    })),
  }),
  'reconciliation-memory': lineChart({
    title: 'Memory of a reconciliation',
    subtitle: SUBTITLE,
    xName,
    yName: 'megabytes',
    logX: true,
    series: [
      {
        name: 'maximum heap after a collection',
        points: results.map(({ cells, audit }): [number, number] => [
          cells,
          megabytes(audit.heapBytesMax),
        ]),
      },
      {
        name: 'before the first page',
        dashed: true,
        points: results.map(({ cells, audit }): [number, number] => [
          cells,
          megabytes(audit.heapBytesBefore),
        ]),
      },
      {
        name: 'RSS of the process',
        points: results.map(({ cells, audit }): [number, number] => [
          cells,
          megabytes(audit.rssBytesMax),
        ]),
      },
    ],
  }),
});
