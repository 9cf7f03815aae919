import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { Page } from '../core/page.ts';
import { parseCursor, toCursor } from '../http/cursor.ts';
import type { Item } from './item.ts';

/** Records of a page, whatever their kind. */
const PAGE_RECORDS = 100;
/** Far above any key of a table, far below what a key may have. */
const KEY_CHARACTERS_MAX = 512;
const KeyText = z.string().check(z.maxLength(KEY_CHARACTERS_MAX));
const Position = z.strictObject({ pk: KeyText, sk: KeyText });

export type ScanSegment = {
  readonly segment: number;
  readonly segments: number;
  readonly cursor?: string | undefined;
};

/**
 * A page of one segment of a parallel scan, strongly consistent, in no order. It may be empty and
 * still not the last.
 */
export async function scanSegment(
  client: DynamoDBDocumentClient,
  tableName: string,
  { segment, segments, cursor }: ScanSegment,
): Promise<Page<Item>> {
  const position = parseCursor(Position, cursor);
  const page = await client.send(
    new ScanCommand({
      TableName: tableName,
      ConsistentRead: true,
      Segment: segment,
      TotalSegments: segments,
      Limit: PAGE_RECORDS,
      ...(position && { ExclusiveStartKey: position }),
    }),
  );
  const { Items: items = [], LastEvaluatedKey: last } = page;
  return {
    items,
    ...(last === undefined ? {} : { cursor: toCursor({ pk: last.pk, sk: last.sk }) }),
  };
}
