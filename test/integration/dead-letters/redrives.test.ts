import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { LambdaConsumers } from '../../../lambdas/dead-letters/adapters/lambda-consumers.ts';
import { replayRange } from '../../../lambdas/shared/events/stream-replay.ts';
import { TableStream } from '../../../local/streams/dynamodb-streams.ts';

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const region = 'us-east-1';

let server: Server | undefined;
afterEach(() => server?.close());

type StubResult = { readonly body: unknown; readonly isError?: boolean };

/**
 * Starts a stub of Lambda's Invoke. It returns the responses in order; 'lost' closes the
 * connection.
 */
async function startLambda(...answers: readonly (StubResult | 'lost')[]) {
  const invoked: string[] = [];
  const made = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = answers[invoked.length] ?? { body: null };
    invoked.push(`${decodeURIComponent(request.url ?? '')} ${Buffer.concat(chunks)}`);
    if (answer === 'lost') return request.socket.destroy();
    response.writeHead(200, answer.isError ? { 'x-amz-function-error': 'Unhandled' } : {});
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((listening) => {
    made.listen(0, '127.0.0.1', listening);
  });
  server = made;
  const endpoint = `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
  return {
    invoked,
    consumers: new LambdaConsumers(new LambdaClient({ endpoint, region, credentials })),
  };
}

describe('a message redriven to a function', () => {
  test('is handled when the function succeeds', async () => {
    const { consumers, invoked } = await startLambda(
      { body: { batchItemFailures: [] } },
      { body: null },
    );

    await consumers.invoke('publish', '{"a":1}');
    await consumers.invoke('watch', '{}');

    expect(invoked).toEqual([
      '/2015-03-31/functions/publish/invocations {"a":1}',
      '/2015-03-31/functions/watch/invocations {}',
    ]);
  });

  test('is not handled when the function or one item fails', async () => {
    const { consumers } = await startLambda(
      { body: { batchItemFailures: [{ itemIdentifier: '7' }] } },
      { body: { errorMessage: 'no such bus' }, isError: true },
      { body: { hello: 1 }, isError: true },
    );

    await expect(consumers.invoke('publish', '{}')).rejects.toThrow('failed again');
    await expect(consumers.invoke('publish', '{}')).rejects.toThrow('no such bus');
    await expect(consumers.invoke('publish', '{}')).rejects.toThrow('Unhandled');
  });

  test('is sent again after a lost response', async () => {
    const { consumers, invoked } = await startLambda('lost', { body: null });

    await consumers.invoke('publish', '{}');

    expect(invoked).toHaveLength(2);
  });
});

describe('changes of a stream, read again', () => {
  const ITEMS = 12;
  const endpoint = inject('dynamodbEndpoint');

  async function written() {
    const TableName = `stream-${Date.now()}`;
    const client = new DynamoDBClient({ endpoint, region, credentials });
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      }),
    );
    for (let item = 0; item < ITEMS; item += 1)
      await client.send(new PutItemCommand({ TableName, Item: { pk: { S: `item-${item}` } } }));
    const stream = await TableStream.open({ endpoint, region, credentials }, TableName);
    const [{ ShardId: shardId = '' } = {}] = await stream.listShards();
    const iterator = await stream.getIterator(shardId, undefined);
    const { records } = await stream.getRecords(iterator ?? '', ITEMS);
    return {
      streamArn: stream.arn,
      shardId,
      numbers: records.map(({ dynamodb }) => dynamodb?.SequenceNumber ?? ''),
    };
  }
  const streams = () => new DynamoDBStreamsClient({ endpoint, region, credentials });

  test('are those of the range, both ends included', async () => {
    const { numbers, ...shard } = await written();
    const range = {
      ...shard,
      startSequenceNumber: numbers[3] ?? '',
      endSequenceNumber: numbers[7] ?? '',
    };

    const found = await replayRange(range, streams());

    expect(found.map(({ dynamodb }) => dynamodb?.SequenceNumber)).toEqual(numbers.slice(3, 8));
  });

  test('are read to their end after a lost call', async () => {
    const { numbers, ...shard } = await written();
    const range = {
      ...shard,
      startSequenceNumber: numbers[0] ?? '',
      endSequenceNumber: numbers[ITEMS - 1] ?? '',
    };
    const client = streams();
    let calls = 0;
    client.middlewareStack.add(
      (next) => async (args) => {
        calls += 1;
        const answered = await next(args);
        if (calls % 2 === 1) throw Object.assign(new Error('lost'), { name: 'TimeoutError' });
        return answered;
      },
      { step: 'finalizeRequest', priority: 'low' },
    );

    expect(await replayRange(range, client)).toHaveLength(ITEMS);
    expect(calls).toBe(4);
  });

  test('are an error when the stream no longer has them', async () => {
    const { numbers, ...shard } = await written();
    const lost = `${numbers[0]}0000000`;

    await expect(
      replayRange({ ...shard, startSequenceNumber: lost, endSequenceNumber: lost }, streams()),
    ).rejects.toThrow();
  });
});
