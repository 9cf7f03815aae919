import {
  type _Record,
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  type DynamoDBStreamsClientConfig,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type Shard,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';

type RecordPage = {
  readonly records: readonly _Record[];
  readonly nextIterator: string | undefined;
};

/** Stream of one table. */
export class TableStream {
  readonly #client: DynamoDBStreamsClient;
  readonly arn: string;

  private constructor(client: DynamoDBStreamsClient, arn: string) {
    this.#client = client;
    this.arn = arn;
  }

  static async open(config: DynamoDBStreamsClientConfig, TableName: string): Promise<TableStream> {
    const client = new DynamoDBStreamsClient(config);
    const { Streams: [stream] = [] } = await client.send(new ListStreamsCommand({ TableName }));
    if (stream?.StreamArn === undefined) throw new Error(`the table ${TableName} has no stream`);
    return new TableStream(client, stream.StreamArn);
  }

  async listShards(): Promise<readonly Shard[]> {
    const shards: Shard[] = [];
    let from: string | undefined;
    do {
      const { StreamDescription } = await this.#client.send(
        new DescribeStreamCommand({ StreamArn: this.arn, ExclusiveStartShardId: from }),
      );
      shards.push(...(StreamDescription?.Shards ?? []));
      from = StreamDescription?.LastEvaluatedShardId;
    } while (from !== undefined);
    return shards;
  }

  /** Returns an iterator at the first record of a shard, or after a sequence number. */
  async getIterator(ShardId: string, after: string | undefined): Promise<string | undefined> {
    const { ShardIterator } = await this.#client.send(
      new GetShardIteratorCommand({
        StreamArn: this.arn,
        ShardId,
        ...(after === undefined
          ? { ShardIteratorType: 'TRIM_HORIZON' }
          : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after }),
      }),
    );
    return ShardIterator;
  }

  /** Reads a page of records. `nextIterator` is undefined at the end of a closed shard. */
  async getRecords(ShardIterator: string, Limit: number): Promise<RecordPage> {
    const { Records = [], NextShardIterator } = await this.#client.send(
      new GetRecordsCommand({ ShardIterator, Limit }),
    );
    return { records: Records, nextIterator: NextShardIterator };
  }

  close(): void {
    this.#client.destroy();
  }
}

/**
 * Returns whether a new iterator is needed. DynamoDB Local rejects the iterator of an empty shard
 * once the shard has a record, and after a machine slept its iterators are too old.
 */
export const isInvalidIterator = (error: unknown): boolean =>
  error instanceof TrimmedDataAccessException || error instanceof ExpiredIteratorException;
