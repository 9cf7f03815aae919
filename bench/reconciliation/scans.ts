import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { DynamoAuditReader } from '../../lambdas/inventory/adapters/dynamo-audit-reader.ts';
import { runCellAudit } from '../../lambdas/inventory/use-cases/audit/audit-cells.ts';
import type { BenchTable } from './local-table.ts';
import { MemoryGauge, type MemoryUse } from './memory.ts';
import { countUnits, type UnitCounts } from './unit-counter.ts';

export const SEGMENTS = 4;
/** As the audit's own. */
const PAGE_SKUS = 50;
const SAMPLE_EVERY_PAGES = 20;

export type ScanResult = MemoryUse &
  UnitCounts & {
    readonly seconds: number;
    readonly pages: number;
    /** Cells, or items for the Scan. */
    readonly scannedCount: number;
    /** False when the time was over before the table was. */
    readonly isComplete: boolean;
  };
export type ScanBounds = { readonly expected: number; readonly secondsMax: number };
/** Does one page: what it met, and where the next begins; no cursor after the last. */
type ScanPage = (
  segment: number,
  cursor: string | undefined,
) => Promise<{ readonly met: number; readonly cursor?: string | undefined }>;

/** The reconciler's walk: every cell against its movements, reservations and operations. Throws unless all are sound. */
const createAuditScan =
  (table: BenchTable): ScanPage =>
  async (segment, cursor) => {
    const result = await runCellAudit(
      createReader(table),
      { segment, segments: SEGMENTS, cursor },
      Date.now(),
      Date.now,
    );
    if (!result.ok) throw new Error('an audit refuses nothing');
    const { checked, disagreements, unsettled } = result.value;
    const found = disagreements.length + unsettled.length;
    if (found > 0) throw new Error(`${found} of ${checked} sound cells were found not to be`);
    return { met: checked, cursor: result.value.cursor };
  };

/** The same pages without a look at the cells: what the emulator takes to list them. */
const createSkuScan =
  (table: BenchTable): ScanPage =>
  async (segment, cursor) => {
    const page = await createReader(table).scanStockItems(
      { segment, segments: SEGMENTS, cursor },
      PAGE_SKUS,
    );
    return { met: page.items.length, cursor: page.cursor };
  };

/** A plain parallel Scan of the table: the least that reads every item once, and compares nothing. */
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
    return { met: Count, cursor: LastEvaluatedKey && JSON.stringify(LastEvaluatedKey) };
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
 * Walks the table until its end, or until the time is over: then every segment still ends its page, and what was met stands for the rest.
 * Throws when a whole walk met other than what is expected.
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
      scannedCount += page.met;
      cursor = page.cursor;
      pages += 1;
      if (pages % SAMPLE_EVERY_PAGES === 0) gauge.sample();
    } while (cursor !== undefined);
  };
  await Promise.all(Array.from({ length: SEGMENTS }, (_, segment) => scanSegment(segment)));
  const seconds = secondsSince();
  gauge.sample();
  if (isComplete && scannedCount !== expected)
    throw new Error(`${scannedCount} of ${expected} were met`);
  return { seconds, pages, scannedCount, isComplete, ...gauge.memoryUse, ...counts };
}
