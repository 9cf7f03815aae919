import {
  type _Record,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';

/** A stretch of a shard, both ends in it. */
export type StreamRange = {
  readonly streamArn: string;
  readonly shardId: string;
  readonly startSequenceNumber: string;
  readonly endSequenceNumber: string;
};

/** Of a megabyte each; a stretch is one batch. */
const PAGES_MAX = 100;

/**
 * Reads changes from their stream again, which keeps them for 24 hours; after that DynamoDB throws TrimmedDataAccessException.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
 */
export async function readAgain(
  { streamArn, shardId, startSequenceNumber, endSequenceNumber }: StreamRange,
  client = new DynamoDBStreamsClient({}),
): Promise<readonly _Record[]> {
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({
      StreamArn: streamArn,
      ShardId: shardId,
      ShardIteratorType: 'AT_SEQUENCE_NUMBER',
      SequenceNumber: startSequenceNumber,
    }),
  );
  const end = BigInt(endSequenceNumber);
  const found: _Record[] = [];
  let iterator = ShardIterator;
  for (let page = 0; page < PAGES_MAX && iterator !== undefined; page += 1) {
    const { Records = [], NextShardIterator } = await client.send(
      new GetRecordsCommand({ ShardIterator: iterator }),
    );
    for (const record of Records) {
      const at = BigInt(record.dynamodb?.SequenceNumber ?? 0);
      if (at <= end) found.push(record);
      if (at >= end) return found;
    }
    iterator = NextShardIterator;
  }
  throw new Error(`the stream has no change ${endSequenceNumber} any more`);
}
