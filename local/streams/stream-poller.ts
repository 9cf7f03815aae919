import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { tableOfStream } from '../cloud-assembly/resource-names.ts';
import type { Properties } from '../cloud-assembly/resource-types.ts';
import { localClientConfig } from '../dynamodb/dynamodb.ts';
import type { Activity, Pauses } from '../functions/activity.ts';
import type { Invoke } from '../functions/invoke.ts';
import { compilePattern } from '../messaging/event-pattern.ts';
import type { Poller } from '../messaging/queue-poller.ts';
import { isInvalidIterator, TableStream } from './dynamodb-streams.ts';
import { type DiscardedBatch, handleBatch, type StreamRecord } from './stream-batch.ts';
import { toStreamRecord } from './stream-record.ts';

type Mapping = Properties<'AWS::Lambda::EventSourceMapping'>;

export type StreamPorts = {
  /** Endpoint of DynamoDB Local. */
  readonly endpoint: string;
  readonly invoke: Invoke;
  /** Sends a message to a queue, by its ARN. */
  readonly send: (queueArn: string, body: string) => Promise<void>;
  /** Activity of the functions, which change the tables. */
  readonly activity: Activity;
};

/** Time between two reads of a shard without new records. */
const POLL_MILLISECONDS = { active: 100, idle: 1_000 } as const satisfies Pauses;
const ERROR_DELAY_MILLISECONDS = 500;
const NEW_SHARD_MILLISECONDS = 1_000;
/**
 * Delay between attempts of a batch. Lambda's own delays are not documented; these keep a failing
 * function from using a whole processor.
 */
const BACKOFF_MILLISECONDS_MIN = 50;
const BACKOFF_MILLISECONDS_MAX = 2_000;
const BATCH_SIZE_DEFAULT = 100;

/**
 * Runs an event source mapping from a table's stream to a function. Each mapping has its own
 * position in the stream and starts with the first record: the table is as old as the mapping, so
 * LATEST means the same as TRIM_HORIZON.
 */
export async function pollStream(
  mapping: Mapping,
  { endpoint, invoke, send, activity }: StreamPorts,
): Promise<Poller> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const filters = (mapping.FilterCriteria?.Filters ?? []).map(({ Pattern }) =>
    compilePattern(JSON.parse(Pattern)),
  );
  const isWanted = (event: unknown): boolean =>
    filters.length === 0 || filters.some((matches) => matches(event));
  const batchSize = mapping.BatchSize ?? BATCH_SIZE_DEFAULT;
  const table = tableOfStream(mapping.EventSourceArn) ?? '';
  const stream = await TableStream.open(localClientConfig(endpoint), table);

  const handleRecords = (shardId: string, records: readonly StreamRecord[]): Promise<void> =>
    handleBatch(records, batchPolicyOf(mapping), {
      signal,
      backoff: (attempts) =>
        sleep(
          Math.min(BACKOFF_MILLISECONDS_MIN * 2 ** (attempts - 1), BACKOFF_MILLISECONDS_MAX),
          signal,
        ),
      invoke: (batch) => invoke(mapping.FunctionName, { Records: batch.map(({ event }) => event) }),
      discard: async (discarded) => {
        const destination = mapping.DestinationConfig?.OnFailure.Destination;
        if (destination !== undefined)
          await send(
            destination,
            JSON.stringify(
              toDiscardMessage(discarded, mapping, { shardId, streamArn: stream.arn }),
            ),
          );
      },
    });

  /** Reads a shard to its end. Continues where it stopped when the iterator was lost. */
  const readShard = async (shardId: string): Promise<void> => {
    let last: string | undefined;
    while (!signal.aborted) {
      try {
        let iterator = await stream.getIterator(shardId, last);
        while (iterator !== undefined && !signal.aborted) {
          const page = await stream.getRecords(iterator, batchSize);
          const records = page.records.map((record) => toStreamRecord(record, stream.arn));
          const wanted = records.filter(({ event }) => isWanted(event));
          if (wanted.length > 0) await handleRecords(shardId, wanted);
          last = records.at(-1)?.sequenceNumber ?? last;
          iterator = page.nextIterator;
          if (records.length === 0) await activity.pause(POLL_MILLISECONDS, signal);
        }
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!isInvalidIterator(error)) {
          console.error(`reading ${mapping.EventSourceArn} failed: ${error}`);
          await sleep(ERROR_DELAY_MILLISECONDS, signal);
        }
      }
    }
  };

  /** Reads a shard and then its children, so that the changes of an item stay in order. */
  const readLineage = async (shardId: string): Promise<void> => {
    await readShard(shardId);
    let children: readonly string[] = [];
    while (children.length === 0 && !signal.aborted) {
      await sleep(NEW_SHARD_MILLISECONDS, signal);
      if (!signal.aborted) children = childrenOf(shardId, await stream.listShards());
    }
    await Promise.all(children.map(readLineage));
  };

  const shards = await stream.listShards();
  const known = new Set(shards.map(({ ShardId }) => ShardId));
  const readers = Promise.all(
    shards
      .filter(({ ParentShardId = '' }) => !known.has(ParentShardId))
      .map(({ ShardId = '' }) => readLineage(ShardId)),
  ).catch((error: unknown) => {
    if (!signal.aborted) console.error(`reading ${mapping.EventSourceArn} ended: ${error}`);
  });
  return {
    stop: async () => {
      stopping.abort();
      await readers;
      stream.close();
    },
  };
}

const sleep = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  delay(milliseconds, undefined, { signal }).catch(() => undefined);

const childrenOf = (
  parent: string,
  shards: Awaited<ReturnType<TableStream['listShards']>>,
): readonly string[] =>
  shards.flatMap(({ ShardId = '', ParentShardId }) => (ParentShardId === parent ? [ShardId] : []));

/** Converts a limit of CloudFormation, in which -1 stands for no limit. */
const toLimit = (value: number | undefined): number | undefined =>
  value === -1 ? undefined : value;

/** Returns how a failed batch of a mapping is retried. */
export const batchPolicyOf = (mapping: Mapping) => ({
  bisectsOnError: mapping.BisectBatchOnFunctionError ?? false,
  reportsFailures: mapping.FunctionResponseTypes !== undefined,
  retriesMax: toLimit(mapping.MaximumRetryAttempts),
  ageSecondsMax: toLimit(mapping.MaximumRecordAgeInSeconds),
});

/** https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html */
function toDiscardMessage(
  { reason, records, invokeCount, isFunctionError }: DiscardedBatch,
  mapping: Mapping,
  shard: { readonly shardId: string; readonly streamArn: string },
) {
  const at = (record: StreamRecord | undefined) => new Date(record?.createdAt ?? 0).toISOString();
  return {
    requestContext: {
      requestId: randomUUID(),
      functionArn: mapping.FunctionName,
      condition: reason,
      approximateInvokeCount: invokeCount,
    },
    responseContext: {
      statusCode: 200,
      executedVersion: '$LATEST',
      ...(isFunctionError ? { functionError: 'Unhandled' } : {}),
    },
    version: '1.0',
    timestamp: new Date().toISOString(),
    DDBStreamBatchInfo: {
      ...shard,
      startSequenceNumber: records.at(0)?.sequenceNumber,
      endSequenceNumber: records.at(-1)?.sequenceNumber,
      approximateArrivalOfFirstRecord: at(records.at(0)),
      approximateArrivalOfLastRecord: at(records.at(-1)),
      batchSize: records.length,
    },
  };
}
