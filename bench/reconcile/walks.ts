import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { DynamoAuditReader } from '../../lambdas/inventory/adapters/dynamo-audit-reader.ts';
import { runCellAudit } from '../../lambdas/inventory/use-cases/audit-cells.ts';
import { type Counted, counting } from './counting.ts';
import type { BenchTable } from './local-table.ts';
import { type Memory, MemoryGauge } from './memory.ts';

export const SEGMENTS = 4;
/** As the audit's own. */
const PAGE_SKUS = 50;
const LOOK_EVERY_PAGES = 20;

export type Walked = Memory & Counted & { readonly seconds: number; readonly pages: number };
/** Does one page; where the next begins, or undefined after the last. */
type Page = (segment: number, cursor: string | undefined) => Promise<string | undefined>;

/** The reconciler's walk: every cell against its movements, reservations and operations. Throws unless all are sound. */
async function walkAudit(table: BenchTable, cells: number): Promise<Walked> {
  const reader = readerOf(table);
  let checked = 0;
  let found = 0;
  const walked = await walk(table, async (segment, cursor) => {
    const result = await runCellAudit(reader, { segment, segments: SEGMENTS, cursor }, Date.now());
    if (!result.ok) throw new Error('an audit refuses nothing');
    checked += result.value.checked;
    found += result.value.disagreements.length + result.value.unsettled.length;
    return result.value.cursor;
  });
  if (checked !== cells || found > 0) throw new Error(`${checked} of ${cells} cells checked, ${found} found`);
  return walked;
}

/** The same pages without a look at the cells: what the emulator takes to list them. */
async function walkSkus(table: BenchTable, cells: number): Promise<Walked> {
  const reader = readerOf(table);
  let listed = 0;
  const walked = await walk(table, async (segment, cursor) => {
    const page = await reader.skus({ segment, segments: SEGMENTS, cursor }, PAGE_SKUS);
    listed += page.items.length;
    return page.cursor;
  });
  if (listed !== cells) throw new Error(`${listed} of ${cells} skus listed`);
  return walked;
}

/** A plain parallel Scan of the table: the least that reads every item once, and compares nothing. */
async function walkScan(table: BenchTable, items: number): Promise<Walked> {
  let read = 0;
  const walked = await walk(table, async (segment, cursor) => {
    const { Count = 0, LastEvaluatedKey } = await table.client.send(
      new ScanCommand({
        TableName: table.name,
        ConsistentRead: true,
        Segment: segment,
        TotalSegments: SEGMENTS,
        ...(cursor === undefined ? {} : { ExclusiveStartKey: JSON.parse(cursor) }),
      }),
    );
    read += Count;
    return LastEvaluatedKey === undefined ? undefined : JSON.stringify(LastEvaluatedKey);
  });
  if (read !== items) throw new Error(`${read} of ${items} items scanned`);
  return walked;
}

/** By name; each throws unless it meets as many cells (for the Scan, items) as it is told to expect. */
export const WALKS = { audit: walkAudit, skus: walkSkus, scan: walkScan } as const;
export type WalkName = keyof typeof WALKS;

const readerOf = ({ client, name }: BenchTable) =>
  new DynamoAuditReader(client, { name, skuIndex: 'skus', operationIndex: 'operations' });

async function walk(table: BenchTable, doPage: Page): Promise<Walked> {
  const counted = counting(table);
  const gauge = new MemoryGauge();
  let pages = 0;
  const startedAt = performance.now();
  const walkSegment = async (segment: number): Promise<void> => {
    let cursor: string | undefined;
    do {
      cursor = await doPage(segment, cursor);
      pages += 1;
      if (pages % LOOK_EVERY_PAGES === 0) gauge.look();
    } while (cursor !== undefined);
  };
  await Promise.all(Array.from({ length: SEGMENTS }, (_, segment) => walkSegment(segment)));
  const seconds = (performance.now() - startedAt) / 1_000;
  gauge.look();
  return { seconds, pages, ...gauge.told, ...counted };
}
