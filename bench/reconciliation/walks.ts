import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { DynamoAuditReader } from '../../lambdas/inventory/adapters/dynamo-audit-reader.ts';
import { runCellAudit } from '../../lambdas/inventory/use-cases/audit/audit-cells.ts';
import { type Counted, counting } from './counting.ts';
import type { BenchTable } from './local-table.ts';
import { type Memory, MemoryGauge } from './memory.ts';

export const SEGMENTS = 4;
/** As the audit's own. */
const PAGE_SKUS = 50;
const LOOK_EVERY_PAGES = 20;

export type Walked = Memory &
  Counted & {
    readonly seconds: number;
    readonly pages: number;
    /** Cells, or items for the Scan. */
    readonly met: number;
    /** False when the time was over before the table was. */
    readonly isWhole: boolean;
  };
export type Bounds = { readonly expected: number; readonly secondsMax: number };
/** Does one page: what it met, and where the next begins; no cursor after the last. */
type Page = (
  segment: number,
  cursor: string | undefined,
) => Promise<{ readonly met: number; readonly cursor?: string | undefined }>;

/** The reconciler's walk: every cell against its movements, reservations and operations. Throws unless all are sound. */
const auditPage =
  (table: BenchTable): Page =>
  async (segment, cursor) => {
    const result = await runCellAudit(
      readerOf(table),
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
const skusPage =
  (table: BenchTable): Page =>
  async (segment, cursor) => {
    const page = await readerOf(table).skus({ segment, segments: SEGMENTS, cursor }, PAGE_SKUS);
    return { met: page.items.length, cursor: page.cursor };
  };

/** A plain parallel Scan of the table: the least that reads every item once, and compares nothing. */
const scanPage =
  ({ client, name }: BenchTable): Page =>
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

export const WALKS = { audit: auditPage, skus: skusPage, scan: scanPage } as const;
export type WalkName = keyof typeof WALKS;

const readerOf = ({ client, name }: BenchTable) =>
  new DynamoAuditReader(client, { name, skuIndex: 'skus', operationIndex: 'operations' });

/**
 * Walks the table until its end, or until the time is over: then every segment still ends its page, and what was met stands for the rest.
 * Throws when a whole walk met other than what is expected.
 */
export async function walk(
  table: BenchTable,
  name: WalkName,
  { expected, secondsMax }: Bounds,
): Promise<Walked> {
  const doPage = WALKS[name](table);
  const counted = counting(table);
  const gauge = new MemoryGauge();
  let pages = 0;
  let met = 0;
  let isWhole = true;
  const startedAt = performance.now();
  const secondsSince = () => (performance.now() - startedAt) / 1_000;
  const walkSegment = async (segment: number): Promise<void> => {
    let cursor: string | undefined;
    do {
      if (secondsSince() > secondsMax) {
        isWhole = false;
        return;
      }
      const page = await doPage(segment, cursor);
      met += page.met;
      cursor = page.cursor;
      pages += 1;
      if (pages % LOOK_EVERY_PAGES === 0) gauge.look();
    } while (cursor !== undefined);
  };
  await Promise.all(Array.from({ length: SEGMENTS }, (_, segment) => walkSegment(segment)));
  const seconds = secondsSince();
  gauge.look();
  if (isWhole && met !== expected) throw new Error(`${met} of ${expected} were met`);
  return { seconds, pages, met, isWhole, ...gauge.told, ...counted };
}
