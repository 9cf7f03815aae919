import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { lineChart } from './charts.ts';
import { fillBooks } from './reconcile/fill-books.ts';
import { inventoryTable } from './reconcile/inventory-table.ts';
import type { BenchTable } from './reconcile/local-table.ts';
import { SEGMENTS, type Walked, type WalkName } from './reconcile/walks.ts';
import { report } from './report.ts';

/**
 * Audits sound books of so many cells, as the reconciler's walk does: `npm run bench:reconcile -- 1000 10000 --save`. Beside it, in the same
 * tables: the walk's pages without a look at the cells, and a plain parallel Scan. Units are those that DynamoDB Local reports for
 * single items and queries, which is as AWS bills them.
 */
const SIZES_DEFAULT = [1_000, 10_000, 100_000];
const CELLS_MAX = 1_000_000;
const USD_PER_MILLION_READ_UNITS = 0.125;
const USD_PER_MILLION_WRITE_UNITS = 0.625;
/** arm64, by the second and gigabyte; and by the million of requests, to the function and to the HTTP API. */
const USD_PER_GIGABYTE_SECOND = 0.0000133334;
const USD_PER_MILLION_REQUESTS = 0.2 + 1;
const FUNCTION_GIGABYTES = 0.5;
const LARGE = 10_000_000;
const BYTES_PER_MEGABYTE = 1e6;
const WALKER = fileURLToPath(new URL('./reconcile/walker.ts', import.meta.url));
const WALK_MILLISECONDS_MAX = 3_600_000;

const { positionals } = parseArgs({ allowPositionals: true, options: { save: { type: 'boolean' } } });
const sizes = positionals.length > 0 ? positionals.map(Number) : SIZES_DEFAULT;
for (const [place, size] of sizes.entries())
  if (!Number.isInteger(size) || size < 1 || size > CELLS_MAX)
    throw new Error(`a size is a whole number from 1 to ${CELLS_MAX}, not ${positionals[place]}`);

async function measure(cells: number) {
  const table = await inventoryTable();
  try {
    const fillingAt = performance.now();
    const items = await fillBooks(table, cells, Date.now());
    const fillSeconds = (performance.now() - fillingAt) / 1_000;
    console.error(`${cells} cells, ${items} items written in ${fillSeconds.toFixed(0)} s`);
    // Java compiles what it runs often: whoever came first would pay for it.
    await walked(table, 'scan', items);
    const scan = await walked(table, 'scan', items);
    const skus = await walked(table, 'skus', cells);
    const audit = await walked(table, 'audit', cells);
    const measured = { cells, items, fillSeconds, audit, skus, scan, usdOfLarge: costOf(cells, audit) };
    // The next size may take an hour.
    console.error(JSON.stringify(measured));
    return measured;
  } finally {
    await table.stop();
  }
}

/** A process of its own for each walk: this one has the CDK in its memory. */
async function walked({ endpoint, name }: BenchTable, walk: WalkName, expected: number): Promise<Walked> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', WALKER, endpoint, name, walk, String(expected)],
    { timeout: WALK_MILLISECONDS_MAX },
  );
  return JSON.parse(stdout);
}

/** Of one run over `LARGE` cells, as the bill would have it; a page keeps its function and the worker's waiting. */
function costOf(cells: number, { reads, writes, pages, seconds }: Walked) {
  const times = LARGE / cells;
  const usd = {
    reads: (reads * times * USD_PER_MILLION_READ_UNITS) / 1e6,
    writes: (writes * times * USD_PER_MILLION_WRITE_UNITS) / 1e6,
    requests: (pages * times * USD_PER_MILLION_REQUESTS) / 1e6,
    // Each segment keeps an auditing function and a worker busy.
    functions: seconds * times * SEGMENTS * 2 * FUNCTION_GIGABYTES * USD_PER_GIGABYTE_SECOND,
  };
  return { ...usd, total: Object.values(usd).reduce((sum, part) => sum + part, 0) };
}

type Measured = Awaited<ReturnType<typeof measure>>;
const NAMES = [
  { name: 'audit of every cell', key: 'audit' },
  { name: "the walk's pages alone", key: 'skus' },
  { name: 'plain parallel Scan', key: 'scan' },
] as const;

const perSecond = (cells: number, { seconds }: Walked): number => Math.round(cells / seconds);
const perCell = (cells: number, count: number): number => Number((count / cells).toFixed(2));
const megabytes = (bytes: number): number => Number((bytes / BYTES_PER_MEGABYTE).toFixed(1));

const results: Measured[] = [];
for (const size of sizes) results.push(await measure(size));

const xName = 'cells in the table';
const where = `DynamoDB Local, ${SEGMENTS} segments; three changes, one mark and two reservations in each cell`;
report('reconcile', {
  rows: results.flatMap(({ cells, usdOfLarge, ...walks }) =>
    NAMES.map(({ name, key }) => ({
      cells,
      walk: name,
      seconds: Number(walks[key].seconds.toFixed(1)),
      'cells/s': perSecond(cells, walks[key]),
      'read units/cell': perCell(cells, walks[key].reads),
      'write units/cell': perCell(cells, walks[key].writes),
      'requests/cell': perCell(cells, walks[key].requests),
      'heap MB': megabytes(walks[key].heapBytesMax),
      'above the start, MB': megabytes(walks[key].heapBytesMax - walks[key].heapBytesBefore),
      'RSS MB': megabytes(walks[key].rssBytesMax),
      [`USD for ${LARGE / 1e6} M cells`]: key === 'audit' ? Number(usdOfLarge.total.toFixed(2)) : '',
    })),
  ),
  result: { segments: SEGMENTS, results },
  charts: {
    'reconcile-speed': lineChart({
      title: 'Cells a second of a reconciliation',
      subtitle: where,
      xName,
      yName: 'cells a second',
      logX: true,
      logY: true,
      series: NAMES.map(({ name, key }) => ({
        name,
        dashed: key !== 'audit',
        points: results.map((one): [number, number] => [one.cells, perSecond(one.cells, one[key])]),
      })),
    }),
    'reconcile-memory': lineChart({
      title: 'Memory of a reconciliation',
      subtitle: where,
      xName,
      yName: 'megabytes',
      logX: true,
      series: [
        {
          name: 'heap after a collection, at its highest',
          points: results.map(({ cells, audit }): [number, number] => [cells, megabytes(audit.heapBytesMax)]),
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
          points: results.map(({ cells, audit }): [number, number] => [cells, megabytes(audit.rssBytesMax)]),
        },
      ],
    }),
  },
});
