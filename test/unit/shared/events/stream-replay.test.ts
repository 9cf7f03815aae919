import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetShardIteratorCommand,
  type Shard,
} from '@aws-sdk/client-dynamodb-streams';
import { describe, expect, test } from 'vitest';
import { replayRecord } from '../../../../lambdas/shared/events/stream-replay.ts';

const STREAM = 'arn:aws:dynamodb:us-east-1:000000000000:table/Orders/stream/2026';

type ScriptedShard = Shard & {
  readonly ShardId: string;
  /** Pages of sequence numbers after an iterator. */
  readonly pages?: readonly (readonly string[])[];
  /** Error of DynamoDB in place of an iterator. */
  readonly error?: string;
};
const shard = (
  ShardId: string,
  first: string,
  last: string | undefined,
  more: Partial<ScriptedShard> = {},
): ScriptedShard => ({
  ShardId,
  SequenceNumberRange: {
    StartingSequenceNumber: first,
    ...(last === undefined ? {} : { EndingSequenceNumber: last }),
  },
  ...more,
});

/** A stream that describes one shard per page. */
function streamOf(shards: readonly ScriptedShard[]) {
  const requestedShards: string[] = [];
  const client = new DynamoDBStreamsClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const respond = (command: unknown, input: Record<string, unknown>): object => {
    if (command === DescribeStreamCommand.name) {
      const place = shards.findIndex(({ ShardId }) => ShardId === input.ExclusiveStartShardId) + 1;
      const [one, next] = shards.slice(place);
      const more = next === undefined ? {} : { LastEvaluatedShardId: one?.ShardId };
      return { StreamDescription: { Shards: one === undefined ? [] : [one], ...more } };
    }
    const [name = '', page = '0'] = String(input.ShardIterator ?? input.ShardId).split('/');
    const found = shards.find(({ ShardId }) => ShardId === name);
    if (command === GetShardIteratorCommand.name) {
      requestedShards.push(name);
      if (found?.error !== undefined) throw Object.assign(new Error('no'), { name: found.error });
      return { ShardIterator: `${name}/0` };
    }
    const Records = (found?.pages?.[Number(page)] ?? []).map((SequenceNumber) => ({
      eventID: `event-${SequenceNumber}`,
      dynamodb: { SequenceNumber },
    }));
    return { Records, NextShardIterator: `${name}/${Number(page) + 1}` };
  };
  client.middlewareStack.add(
    (_next, context) => async (args) => ({
      output: {
        $metadata: {},
        ...respond(context.commandName, args.input as Record<string, unknown>),
      },
      response: undefined,
    }),
    { step: 'initialize' },
  );
  return { client, requestedShards };
}
const replay150 = (client: DynamoDBStreamsClient) =>
  replayRecord({ eventSourceARN: STREAM, dynamodb: { SequenceNumber: '150' } }, client);
const RECORD_150 = {
  eventID: 'event-150',
  eventSourceARN: STREAM,
  dynamodb: { SequenceNumber: '150' },
};

describe('one change of a stream', () => {
  test('is found in its shard, among the shards whose range includes it', async () => {
    const { client, requestedShards } = streamOf([
      shard('closed-before', '1', '149'),
      shard('other', '100', '200', { pages: [['151']] }),
      shard('open', '120', undefined, { pages: [['150']] }),
      shard('later', '151', undefined),
    ]);

    expect(await replay150(client)).toEqual(RECORD_150);
    expect(requestedShards).toEqual(['other', 'open']);
  });

  test('is found at the ends of a range', async () => {
    const { client } = streamOf([shard('one', '150', '150', { pages: [['150']] })]);

    expect(await replay150(client)).toEqual(RECORD_150);
  });

  test('is found after an empty page', async () => {
    const { client } = streamOf([shard('open', '1', undefined, { pages: [[], ['150']] })]);

    expect(await replay150(client)).toEqual(RECORD_150);
  });

  test.each(['TrimmedDataAccessException', 'ResourceNotFoundException', 'ValidationException'])(
    'is searched in the other shards if one returns %s',
    async (error) => {
      const { client } = streamOf([
        shard('gone', '1', '200', { error }),
        shard('open', '1', undefined, { pages: [['150']] }),
      ]);

      expect(await replay150(client)).toEqual(RECORD_150);
    },
  );

  test('is not searched further while the stream is unavailable', async () => {
    const { client } = streamOf([shard('one', '1', '200', { error: 'InternalServerError' })]);

    await expect(replay150(client)).rejects.toMatchObject({ name: 'InternalServerError' });
  });

  test('is an error with advice if the stream no longer has it', async () => {
    const { client } = streamOf([
      shard('one', '1', '200', { error: 'TrimmedDataAccessException' }),
    ]);

    await expect(replay150(client)).rejects.toThrow(
      /no longer has change 150.*24 hours.*full reconciliation/,
    );
  });
});
