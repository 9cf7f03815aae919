import { DynamoAuditReader } from '../lambdas/inventory/adapters/dynamo-audit-reader.ts';
import { runCellAudit } from '../lambdas/inventory/use-cases/audit-cells.ts';
import { fillBooks } from './fill-books.ts';
import { type BenchTable, inventoryTable } from './inventory-table.ts';

/**
 * Audits sound books of so many cells, as the reconciler's walk does: `npm run bench:reconcile -- 10000 100000`. Units are those that
 * DynamoDB Local reports for single items and queries; memory is the heap after a collection, at its highest, and by how much that is above what it was before the first page.
 */
const SIZES = process.argv.slice(2).map(Number);
const SEGMENTS = 4;
const USD_PER_MILLION_READ_UNITS = 0.125;
const USD_PER_MILLION_WRITE_UNITS = 0.625;
/** arm64, by the second and gigabyte; and by the million of requests, to the function and to the HTTP API. */
const USD_PER_GIGABYTE_SECOND = 0.0000133334;
const USD_PER_MILLION_REQUESTS = 0.2 + 1;
const FUNCTION_GIGABYTES = 0.5;
const LARGE = 10_000_000;
const MEMORY_EVERY_PAGES = 20;

type Counted = { reads: number; writes: number; requests: number };

/** Counts the units of every command that the client sends. */
function counting({ client }: BenchTable): Counted {
  const counted: Counted = { reads: 0, writes: 0, requests: 0 };
  client.middlewareStack.add(
    (next) => async (args) => {
      const input = args.input as { ReturnConsumedCapacity?: string };
      input.ReturnConsumedCapacity = 'TOTAL';
      const result = await next(args);
      const { ConsumedCapacity } = result.output as {
        ConsumedCapacity?: { CapacityUnits?: number } | { CapacityUnits?: number }[];
      };
      const units = [ConsumedCapacity ?? []]
        .flat()
        .reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
      const isWrite = 'Item' in input;
      counted[isWrite ? 'writes' : 'reads'] += units;
      counted.requests += 1;
      return result;
    },
    { step: 'initialize', name: 'countUnits', override: true },
  );
  return counted;
}

async function measure(cells: number) {
  const table = await inventoryTable();
  try {
    const filling = performance.now();
    const items = await fillBooks(table, cells, Date.now());
    console.error(
      `${cells} cells, ${items} items written in ${((performance.now() - filling) / 1_000).toFixed(0)} s`,
    );
    const counted = counting(table);
    const reader = new DynamoAuditReader(table.client, {
      name: table.name,
      skuIndex: 'skus',
      operationIndex: 'operations',
    });
    let checked = 0;
    let found = 0;
    let pages = 0;
    globalThis.gc?.();
    const heapBytesBefore = process.memoryUsage().heapUsed;
    let heapBytesMax = heapBytesBefore;
    const startedAt = performance.now();
    const walk = async (segment: number): Promise<void> => {
      let cursor: string | undefined;
      do {
        const part = { segment, segments: SEGMENTS, cursor };
        const result = await runCellAudit(reader, part, Date.now());
        if (!result.ok) throw new Error('an audit refuses nothing');
        checked += result.value.checked;
        found += result.value.disagreements.length + result.value.unsettled.length;
        cursor = result.value.cursor;
        pages += 1;
        if (pages % MEMORY_EVERY_PAGES === 0) {
          globalThis.gc?.();
          heapBytesMax = Math.max(heapBytesMax, process.memoryUsage().heapUsed);
        }
      } while (cursor !== undefined);
    };
    await Promise.all(Array.from({ length: SEGMENTS }, (_, segment) => walk(segment)));
    const seconds = (performance.now() - startedAt) / 1_000;
    if (checked !== cells || found > 0)
      throw new Error(`${checked} of ${cells} cells checked, ${found} found`);
    return { cells, seconds, pages, heapBytesBefore, heapBytesMax, ...counted };
  } finally {
    table.client.destroy();
    await table.stop();
  }
}

type Measured = Awaited<ReturnType<typeof measure>>;

/** Of one run over `LARGE` cells, as the bill would have it; a page keeps its function and the worker's waiting. */
function costOf({ cells, reads, writes, pages, seconds }: Measured) {
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

const results: Measured[] = [];
for (const size of SIZES.length > 0 ? SIZES : [1_000, 10_000, 100_000]) results.push(await measure(size));
console.table(
  results.map((measured) => ({
    cells: measured.cells,
    seconds: Number(measured.seconds.toFixed(1)),
    'cells/s': Math.round(measured.cells / measured.seconds),
    'read units/cell': Number((measured.reads / measured.cells).toFixed(2)),
    'write units/cell': Number((measured.writes / measured.cells).toFixed(2)),
    'requests/cell': Number((measured.requests / measured.cells).toFixed(2)),
    'heap MB': Number((measured.heapBytesMax / 1e6).toFixed(1)),
    'more than before, MB': Number(((measured.heapBytesMax - measured.heapBytesBefore) / 1e6).toFixed(1)),
    [`USD for ${LARGE / 1e6} M cells`]: Number(costOf(measured).total.toFixed(2)),
  })),
);
console.log(
  JSON.stringify({
    bench: 'reconcile',
    segments: SEGMENTS,
    results: results.map((one) => ({ ...one, usd: costOf(one) })),
  }),
);
