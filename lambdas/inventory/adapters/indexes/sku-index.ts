import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { Sku } from '../../../contracts/primitives.ts';
import type { Page, PageRequest } from '../../../shared/core/page.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { parseCursor, toCursor } from '../../../shared/http/cursor.ts';
import { skuKey } from '../book-items.ts';

const SkuPosition = z.strictObject({ sku: Sku });
type SegmentOfScan = { readonly segment: number; readonly segments: number };

/**
 * Reads a page of the sparse index of SKUs, eventually consistent and in no order. Throws 400
 * VALIDATION_FAILED for a cursor of another list.
 */
export async function scanSkuIndex(
  table: Table,
  indexName: string,
  { limit, cursor }: PageRequest,
  part?: SegmentOfScan,
): Promise<Page<string>> {
  const position = parseCursor(SkuPosition, cursor);
  const page = await table.client.send(
    new ScanCommand({
      TableName: table.name,
      IndexName: indexName,
      ...(part && { Segment: part.segment, TotalSegments: part.segments }),
      Limit: limit,
      ...(position && {
        ExclusiveStartKey: { ...skuKey(position.sku), listedSku: position.sku },
      }),
    }),
  );
  const last = page.LastEvaluatedKey?.listedSku;
  return {
    items: (page.Items ?? []).map(({ listedSku }) => String(listedSku)),
    ...(last === undefined ? {} : { cursor: toCursor({ sku: last }) }),
  };
}

/** Returns the cursor of the page that starts after a SKU. */
export const cursorAfterSku = (sku: string): string => toCursor({ sku });
