import { arnOf } from '../../../local/account.ts';
import type { AwsAction } from '../../../local/api/aws-server.ts';
import { tableOfStream } from '../../../local/cloud-assembly/resource-names.ts';
import type { Resources } from '../../../local/cloud-assembly/resources.ts';
import { AwsError } from '../../../local/errors.ts';
import type { Invoke } from '../../../local/functions/invoke.ts';
import { compilePattern } from '../../../local/messaging/event-pattern.ts';
import { handleBatch, type StreamRecord } from '../../../local/streams/stream-batch.ts';
import { batchPolicyOf } from '../../../local/streams/stream-poller.ts';
import type { ItemChange } from '../dynamodb/table.ts';
import type { SeededRandom } from '../random.ts';
import type { VirtualTime } from '../virtual-time.ts';

type Settings = {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly invoke: Invoke;
  readonly send: (queueArn: string, body: string) => void;
  /** Milliseconds from a change to its batch. */
  readonly lagMilliseconds: (random: SeededRandom) => number;
  /** Returns true to deliver a batch once more after it was processed. */
  readonly isRedelivered: (random: SeededRandom) => boolean;
};

type StreamReader = {
  readonly tableName: string;
  readonly matches: (event: unknown) => boolean;
  readonly pending: StreamRecord[];
  isBusy: boolean;
  batchCount: number;
  readonly handle: (records: readonly StreamRecord[]) => Promise<void>;
  readonly batchSize: number;
};

const BATCH_SIZE_DEFAULT = 100;
/** Retention of a stream. */
const RETENTION_MILLISECONDS = 24 * 60 * 60 * 1_000;
const SHARD_ID = 'shardId-0';
const PAUSE_MILLISECONDS_MIN = 50;
const PAUSE_MILLISECONDS_MAX = 2_000;

/**
 * The streams of the tables. Delivers records to functions in order, retries from the first failed
 * record, and finally sends it to a dead-letter queue.
 */
export class SimulatedStreams {
  readonly #readers: readonly StreamReader[];
  readonly #settings: Settings;
  /** All records per table, oldest first. */
  readonly #recordsByTable = new Map<string, StreamRecord[]>();
  #sequence = 0;

  constructor(resources: Resources, settings: Settings) {
    this.#settings = settings;
    const never = new AbortController().signal;
    this.#readers = resources
      .ofType('AWS::Lambda::EventSourceMapping')
      .flatMap(({ properties: mapping }): StreamReader[] => {
        const tableName = tableOfStream(mapping.EventSourceArn);
        if (tableName === undefined) return [];
        const filters = (mapping.FilterCriteria?.Filters ?? []).map(({ Pattern }) =>
          compilePattern(JSON.parse(Pattern)),
        );
        const functionArn = arnOf('lambda', `function:${mapping.FunctionName}`);
        const destination = mapping.DestinationConfig?.OnFailure.Destination;
        return [
          {
            tableName,
            matches: (event) => filters.length === 0 || filters.some((matches) => matches(event)),
            pending: [],
            isBusy: false,
            batchCount: 0,
            batchSize: mapping.BatchSize ?? BATCH_SIZE_DEFAULT,
            handle: (records) =>
              handleBatch(records, batchPolicyOf(mapping), {
                signal: never,
                backoff: (attempts) =>
                  settings.time.wait(
                    Math.min(PAUSE_MILLISECONDS_MIN * 2 ** (attempts - 1), PAUSE_MILLISECONDS_MAX),
                  ),
                invoke: (batch) =>
                  settings.invoke(functionArn, { Records: batch.map(({ event }) => event) }),
                discard: async (discarded) => {
                  if (destination !== undefined)
                    settings.send(destination, JSON.stringify(discarded));
                },
              }),
          },
        ];
      });
  }

  /** Number of records that a reader has not processed yet. */
  get pendingCount(): number {
    return this.#readers.reduce(
      (sum, { pending, isBusy }) => sum + pending.length + (isBusy ? 1 : 0),
      0,
    );
  }

  append(tableName: string, { key, before, after }: ItemChange): void {
    const { time } = this.#settings;
    this.#sequence += 1;
    const sequenceNumber = String(this.#sequence);
    const event = {
      eventID: `event-${sequenceNumber}`,
      eventName: after === undefined ? 'REMOVE' : before === undefined ? 'INSERT' : 'MODIFY',
      eventSource: 'aws:dynamodb',
      eventSourceARN: arnOf('dynamodb', `table/${tableName}/stream/simulated`),
      dynamodb: {
        Keys: key,
        SequenceNumber: sequenceNumber,
        ApproximateCreationDateTime: Math.floor(time.now / 1_000),
        ...(after === undefined ? {} : { NewImage: after }),
        ...(before === undefined ? {} : { OldImage: before }),
      },
    };
    const record = { sequenceNumber, createdAt: time.now, event };
    const kept = this.#recordsByTable.get(tableName) ?? [];
    this.#recordsByTable.set(tableName, kept);
    kept.push(record);
    for (const reader of this.#readers) {
      if (reader.tableName !== tableName || !reader.matches(event)) continue;
      reader.pending.push(record);
      this.#processNext(reader);
    }
  }

  /**
   * Actions with which functions read single records. Each stream is one shard that never ends; an
   * iterator consists of its table and a sequence number.
   */
  get actions(): Readonly<Record<string, AwsAction>> {
    return {
      'DynamoDBStreams_20120810.DescribeStream': () => ({
        StreamDescription: {
          Shards: [{ ShardId: SHARD_ID, SequenceNumberRange: { StartingSequenceNumber: '1' } }],
        },
      }),
      'DynamoDBStreams_20120810.GetShardIterator': (request) => {
        const { StreamArn, SequenceNumber } = request as {
          readonly StreamArn: string;
          readonly SequenceNumber: string;
        };
        const tableName = tableOfStream(StreamArn) ?? '';
        const record = this.#recordsByTable
          .get(tableName)
          ?.find((one) => one.sequenceNumber === SequenceNumber);
        const oldest = this.#settings.time.now - RETENTION_MILLISECONDS;
        if (record === undefined || record.createdAt < oldest)
          throw new AwsError(
            'TrimmedDataAccessException',
            'The stream no longer contains the record.',
          );
        return { ShardIterator: `${tableName} ${SequenceNumber}` };
      },
      'DynamoDBStreams_20120810.GetRecords': (request) => {
        const { ShardIterator, Limit } = request as {
          readonly ShardIterator: string;
          readonly Limit?: number;
        };
        const [tableName = '', from] = ShardIterator.split(' ');
        const records = this.#recordsByTable.get(tableName) ?? [];
        const first = records.findIndex(({ sequenceNumber }) => sequenceNumber === from);
        return {
          Records: records
            .slice(first, first + (Limit ?? records.length))
            .map(({ event }) => event),
        };
      },
    };
  }

  #processNext(reader: StreamReader): void {
    if (reader.isBusy || reader.pending.length === 0) return;
    reader.isBusy = true;
    const { time, lagMilliseconds, random, isRedelivered } = this.#settings;
    reader.batchCount += 1;
    const batchRandom = random.fork('stream', reader.tableName, reader.batchCount);
    time.schedule(lagMilliseconds(batchRandom), async () => {
      const batch = reader.pending.splice(0, reader.batchSize);
      await reader.handle(batch);
      if (isRedelivered(batchRandom)) await reader.handle(batch);
      reader.isBusy = false;
      this.#processNext(reader);
    });
  }
}
