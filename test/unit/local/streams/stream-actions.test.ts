import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { streamActions } from '../../../../local/streams/stream-actions.ts';

let server: Server | undefined;
afterEach(() => void server?.close());

/** Starts a double of DynamoDB Local with one response. Returns the requests that it received. */
async function startDynamoDbDouble(status: number, body: object) {
  const requests: unknown[] = [];
  const made = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    requests.push([request.headers['x-amz-target'], JSON.parse(Buffer.concat(chunks).toString())]);
    response.writeHead(status).end(JSON.stringify(body));
  });
  server = made;
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', () => resolve()));
  const address = made.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const ask = (action: string, request: object) =>
    streamActions(`http://127.0.0.1:${port}`)[`DynamoDBStreams_20120810.${action}`]?.(request);
  return { ask, requests };
}

describe('reading a stream', () => {
  test('passes records on and restores empty maps in images', async () => {
    const image = {
      pk: { S: 'a' },
      held: {},
      lines: { L: [{}, { M: { deep: {} } }] },
      none: { NULL: true },
    };
    const keys = { pk: { S: 'a' } };
    const { ask, requests } = await startDynamoDbDouble(200, {
      NextShardIterator: 'next',
      Records: [
        {
          eventID: '1',
          dynamodb: { Keys: keys, SequenceNumber: '7', OldImage: image, NewImage: image },
        },
        { eventID: '2', dynamodb: { Keys: keys, SequenceNumber: '8' } },
      ],
    });

    const page = await ask('GetRecords', { ShardIterator: 'x' });

    const repaired = {
      pk: { S: 'a' },
      held: { M: {} },
      lines: { L: [{ M: {} }, { M: { deep: { M: {} } } }] },
      none: { NULL: true },
    };
    expect(page).toEqual({
      NextShardIterator: 'next',
      Records: [
        {
          eventID: '1',
          dynamodb: { Keys: keys, SequenceNumber: '7', OldImage: repaired, NewImage: repaired },
        },
        { eventID: '2', dynamodb: { Keys: keys, SequenceNumber: '8' } },
      ],
    });
    expect(requests).toEqual([['DynamoDBStreams_20120810.GetRecords', { ShardIterator: 'x' }]]);
  });

  test('passes errors on by name', async () => {
    const { ask } = await startDynamoDbDouble(400, {
      __type: 'com.amazonaws.dynamodb.v20120810#TrimmedDataAccessException',
      message: 'too old',
    });

    await expect(ask('GetShardIterator', {})).rejects.toMatchObject({
      name: 'TrimmedDataAccessException',
      message: 'too old',
    });
  });
});
