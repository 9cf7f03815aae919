import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { DynamoAuditReader } from '../../lambdas/inventory/adapters/dynamo-audit-reader.ts';
import { runCellAudit } from '../../lambdas/inventory/use-cases/audit/audit-cells.ts';
import type { BenchTable } from './local-table.ts';
import { MemoryGauge, type MemoryUse } from './memory.ts';
import { countUnits, type UnitCounts } from './unit-counter.ts';

export const SEGMENTS = 4;
/** Same page size as the audit's. */
const PAGE_SKUS = 50;
const SAMPLE_EVERY_PAGES = 20;

export type ScanResult = MemoryUse &
  UnitCounts & {
    readonly seconds: number;
    readonly pages: number;
    /** Number of cells, or of items for the plain Scan. */
    readonly scannedCount: number;
    /** False if the time was over before the end of the table. */
    readonly isComplete: boolean;
  };
export type ScanBounds = { readonly expected: number; readonly secondsMax: number };
/**
 * Scans one page. Returns the number of scanned cells or items, and the cursor of the next page.
 */
type ScanPage = (
  segment: number,
  cursor: string | undefined,
) => Promise<{ readonly scannedCount: number; readonly cursor?: string | undefined }>;

/**
 * Audits as the reconciler does: compares every cell with its movements, reservations and
 * operations. Throws if any of them disagree.
 */
const createAuditScan =
  (table: BenchTable): ScanPage =>
  async (segment, cursor) => {
    const result = await runCellAudit(
      createReader(table),
      { segment, segments: SEGMENTS, cursor },
      Date.now(),
      Date.now,
    );
    if (!result.ok) throw new Error('The audit returned an error.');
    const { checked, disagreements, unsettled } = result.value;
    const found = disagreements.length + unsettled.length;
    if (found > 0) throw new Error(`The audit reported ${found} of ${checked} correct cells.`);
    return { scannedCount: checked, cursor: result.value.cursor };
  };

/** Reads the same pages without an audit: the time that DynamoDB Local needs to list them. */
const createSkuScan =
  (table: BenchTable): ScanPage =>
  async (segment, cursor) => {
    const page = await createReader(table).scanStockItems(
      { segment, segments: SEGMENTS, cursor },
      PAGE_SKUS,
    );
    return { scannedCount: page.items.length, cursor: page.cursor };
  };

/** Scans the table in parallel: the minimum that reads every item once, without comparisons. */
const createPlainScan =
  ({ client, name }: BenchTable): ScanPage =>
  async (segment, cursor) => {
    const { Count = 0, LastEvaluatedKey } = await client.send(
      new ScanCommand({
        TableName: name,
        ConsistentRead: true,
        Segment: segment,
        TotalSegments: SEGMENTS,
        ...(cursor === undefined ? {} : { ExclusiveStartKey: JSON.parse(cursor) }),
      }),
    );
    return { scannedCount: Count, cursor: LastEvaluatedKey && JSON.stringify(LastEvaluatedKey) };
  };

export const SCANS = {
  audit: createAuditScan,
  listSkus: createSkuScan,
  plainScan: createPlainScan,
} as const;
export type ScanName = keyof typeof SCANS;

const createReader = ({ client, name }: BenchTable) =>
  new DynamoAuditReader(client, { name, skuIndex: 'skus', operationIndex: 'operations' });

/**
 * Scans the table until its end or until the time is over. Each segment then still completes its
 * page. Throws if a complete scan did not scan the expected number.
 */
export async function runScan(
  table: BenchTable,
  name: ScanName,
  { expected, secondsMax }: ScanBounds,
): Promise<ScanResult> {
  const doPage = SCANS[name](table);
  const counts = countUnits(table);
  const gauge = new MemoryGauge();
  let pages = 0;
  let scannedCount = 0;
  let isComplete = true;
  const startedAt = performance.now();
  const secondsSince = () => (performance.now() - startedAt) / 1_000;
  const scanSegment = async (segment: number): Promise<void> => {
    let cursor: string | undefined;
    do {
      if (secondsSince() > secondsMax) {
        isComplete = false;
        return;
      }
      const page = await doPage(segment, cursor);
      scannedCount += page.scannedCount;
      cursor = page.cursor;
      pages += 1;
      if (pages % SAMPLE_EVERY_PAGES === 0) gauge.sample();
    } while (cursor !== undefined);
  };
  await Promise.all(Array.from({ length: SEGMENTS }, (_, segment) => scanSegment(segment)));
  const seconds = secondsSince();
  gauge.sample();
  if (isComplete && scannedCount !== expected)
    throw new Error(`The scan scanned ${scannedCount} of ${expected}.`);
  return { seconds, pages, scannedCount, isComplete, ...gauge.memoryUse, ...counts };
}
