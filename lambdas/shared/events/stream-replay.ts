import {
  type _Record,
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type Shard,
} from '@aws-sdk/client-dynamodb-streams';
import type { ChangeRecord } from './stream-change.ts';

/** A range of a shard; both ends belong to it. */
export type StreamRange = {
  readonly streamArn: string;
  readonly shardId: string;
  readonly startSequenceNumber: string;
  readonly endSequenceNumber: string;
};

/** Maximum number of pages, which have up to 1 MB each. A range is one batch. */
const PAGES_MAX = 100;

/**
 * Reads changes from their stream again. Throws TrimmedDataAccessException after 24 hours, when
 * DynamoDB has deleted them.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
 */
export async function replayRange(
  { streamArn, shardId, startSequenceNumber, endSequenceNumber }: StreamRange,
  client = new DynamoDBStreamsClient({}),
): Promise<readonly ChangeRecord[]> {
  let iterator = await createShardIterator(client, streamArn, shardId, startSequenceNumber);
  const end = BigInt(endSequenceNumber);
  const found: ChangeRecord[] = [];
  for (let page = 0; page < PAGES_MAX && iterator !== undefined; page += 1) {
    const { Records = [], NextShardIterator } = await client.send(
      new GetRecordsCommand({ ShardIterator: iterator }),
    );
    for (const record of Records) {
      const at = BigInt(record.dynamodb?.SequenceNumber ?? 0);
      if (at <= end) found.push(toChangeRecord(record, streamArn));
      if (at >= end) return found;
    }
    iterator = NextShardIterator;
  }
  throw new Error(
    `The stream no longer has change ${endSequenceNumber}: it keeps changes for 24 hours. Discard this message, then run a full reconciliation.`,
  );
}

/** Maximum number of pages that are read: a page may be empty before the end of the shard. */
const EMPTY_PAGES_MAX = 3;
/** Errors of DynamoDB for a sequence number that is not, or is no longer, in the shard. */
const NOT_IN_SHARD_ERRORS = new Set([
  'ResourceNotFoundException',
  'TrimmedDataAccessException',
  'ValidationException',
]);

/**
 * Reads one change from its stream again. The record that Lambda passes does not name its shard, so
 * this function reads each shard whose range includes the sequence number.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_DescribeStream.html
 */
export async function replayRecord(
  { eventSourceARN: streamArn = '', dynamodb }: ChangeRecord,
  client = new DynamoDBStreamsClient({}),
): Promise<ChangeRecord> {
  const sequenceNumber = dynamodb?.SequenceNumber ?? '';
  for await (const shard of listShards(client, streamArn)) {
    if (!mayContain(shard, BigInt(sequenceNumber))) continue;
    const record = await readFirstRecord(client, streamArn, shard.ShardId ?? '', sequenceNumber);
    if (record?.dynamodb?.SequenceNumber === sequenceNumber)
      return toChangeRecord(record, streamArn);
  }
  throw new Error(
    `The stream no longer has change ${sequenceNumber}: it keeps changes for 24 hours. Discard this message, then run a full reconciliation.`,
  );
}

async function* listShards(
  client: DynamoDBStreamsClient,
  StreamArn: string,
): AsyncGenerator<Shard> {
  let from: string | undefined;
  do {
    const { StreamDescription } = await client.send(
      new DescribeStreamCommand({ StreamArn, ExclusiveStartShardId: from }),
    );
    yield* StreamDescription?.Shards ?? [];
    from = StreamDescription?.LastEvaluatedShardId;
  } while (from !== undefined);
}

function mayContain({ SequenceNumberRange: range }: Shard, sequenceNumber: bigint): boolean {
  const { StartingSequenceNumber: first = '0', EndingSequenceNumber: last } = range ?? {};
  return BigInt(first) <= sequenceNumber && (last === undefined || sequenceNumber <= BigInt(last));
}

async function readFirstRecord(
  client: DynamoDBStreamsClient,
  streamArn: string,
  shardId: string,
  sequenceNumber: string,
): Promise<_Record | undefined> {
  try {
    let iterator = await createShardIterator(client, streamArn, shardId, sequenceNumber);
    for (let page = 0; page < EMPTY_PAGES_MAX && iterator !== undefined; page += 1) {
      const { Records: [first] = [], NextShardIterator } = await client.send(
        new GetRecordsCommand({ ShardIterator: iterator, Limit: 1 }),
      );
      if (first !== undefined) return first;
      iterator = NextShardIterator;
    }
  } catch (error) {
    if (!(error instanceof Error && NOT_IN_SHARD_ERRORS.has(error.name))) throw error;
  }
  return undefined;
}

async function createShardIterator(
  client: DynamoDBStreamsClient,
  StreamArn: string,
  ShardId: string,
  SequenceNumber: string,
): Promise<string | undefined> {
  const at = { ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber } as const;
  return (await client.send(new GetShardIteratorCommand({ StreamArn, ShardId, ...at })))
    .ShardIterator;
}

/** Adds the stream's ARN to a record, as Lambda does. */
const toChangeRecord = (record: _Record, eventSourceARN: string): ChangeRecord => ({
  ...record,
  eventSourceARN,
});
