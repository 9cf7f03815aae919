import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { Page } from '../core/page.ts';
import { parseCursor, toCursor } from '../http/cursor.ts';
import type { Item } from './item.ts';

/** Number of records of a page, of all kinds. */
const PAGE_RECORDS = 100;
/** Far more than any key of the tables has, and far less than DynamoDB allows. */
const KEY_CHARACTERS_MAX = 512;
const KeyText = z.string().check(z.maxLength(KEY_CHARACTERS_MAX));
const Position = z.strictObject({ pk: KeyText, sk: KeyText });

export type ScanSegment = {
  readonly segment: number;
  readonly segments: number;
  readonly cursor?: string | undefined;
};

/**
 * Reads a page of one segment of a parallel scan, strongly consistent and in no order. A page may
 * be empty and not be the last.
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
