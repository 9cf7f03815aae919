import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEventV2, DynamoDBStreamEvent, SQSEvent } from 'aws-lambda';
import { AwsClient } from 'aws4fetch';

const { env } = process;
const dynamodb = new DynamoDBClient({});

/** Records a call, so that a test can wait for it. */
async function recordCall(kind: string, subject: string, detail: unknown): Promise<void> {
  await dynamodb.send(
    new PutItemCommand({
      TableName: env.CALLS_TABLE,
      Item: {
        pk: { S: kind },
        sk: { S: `${Date.now()}-${randomUUID()}` },
        subject: { S: subject },
        detail: { S: JSON.stringify(detail) },
      },
    }),
  );
}

/** Returns its event. */
export const echo = async (event: unknown, context: { readonly functionName: string }) => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json', 'x-own': 'yes' },
  cookies: ['a=1', 'b=2'],
  body: JSON.stringify({ event, functionName: context.functionName, environment: env }),
});

export const plain = async () => ({ hello: 'world' });

export const binary = async ({ body, isBase64Encoded }: APIGatewayProxyEventV2) => ({
  statusCode: 201,
  headers: { 'content-type': 'application/octet-stream' },
  body,
  isBase64Encoded,
});

export const fail = async () => {
  console.log('about to fail');
  throw new RangeError('it failed');
};

/** Writes a value of the metric `Measured`. */
export const measure = async ({ value }: { readonly value: number }) => {
  const metrics = [{ Namespace: 'Fixture', Dimensions: [[]], Metrics: [{ Name: 'Measured' }] }];
  const line = { _aws: { Timestamp: Date.now(), CloudWatchMetrics: metrics }, Measured: value };
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

/** Runs past its timeout. */
export const slow = async () => {
  await recordCall('slow', 'started', {});
  await delay(60_000);
};

let counter = 0;
/** Distinguishes workers by their counters. */
export const count = async () => {
  counter += 1;
  return { counter };
};

/** Calls the service route with this function's own key; requests the status of each path. */
export const callService = async ({
  api,
  paths,
}: {
  readonly api: string;
  readonly paths: readonly string[];
}) => {
  const client = new AwsClient({
    accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
    region: env.AWS_REGION ?? '',
    service: 'execute-api',
  });
  const requests = paths.map((path) =>
    client.fetch(api + path, { method: 'PUT', body: '{"a":1}' }),
  );
  return (await Promise.all(requests)).map(({ status }) => status);
};

/** Reports the first poisonous record, and handles those before it. */
export const onStream = async ({ Records }: DynamoDBStreamEvent) => {
  for (const record of Records) {
    const id = record.dynamodb?.Keys?.pk?.S ?? '';
    if (record.dynamodb?.NewImage?.poison !== undefined) {
      await recordCall('stream-rejected', id, Records.length);
      return { batchItemFailures: [{ itemIdentifier: record.dynamodb.SequenceNumber }] };
    }
    await recordCall('stream', id, record);
  }
  return { batchItemFailures: [] };
};

/** Fails whole when any record is poisonous. */
export const onStreamThrowing = async ({ Records }: DynamoDBStreamEvent) => {
  if (Records.some(({ dynamodb: image }) => image?.NewImage?.poison !== undefined)) {
    await recordCall('throwing-rejected', String(Records.length), {});
    throw new Error('poison');
  }
  for (const record of Records)
    await recordCall('throwing', record.dynamodb?.Keys?.pk?.S ?? '', {});
};

export const onQueue = async ({ Records }: SQSEvent) => {
  const failed: string[] = [];
  for (const record of Records) {
    if (record.body.includes('poison')) failed.push(record.messageId);
    const { ApproximateReceiveCount: receives } = record.attributes;
    await recordCall(
      failed.includes(record.messageId) ? 'queue-rejected' : 'queue',
      receives,
      record,
    );
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
};

const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
type Hop = { readonly chain: string; readonly hop: number; readonly last: number };

/**
 * Sends each message to its own queue again, alternately alone and in a batch, up to the message's
 * last hop.
 */
const sendOn = async ({ Records }: SQSEvent) => {
  for (const { body } of Records) {
    const { chain, hop, last } = JSON.parse(body) as Hop;
    await recordCall(`loop-${chain}`, String(hop), {});
    if (hop === last) continue;
    const QueueUrl = env.LOOP_QUEUE_URL;
    const MessageBody = JSON.stringify({ chain, hop: hop + 1, last });
    if (hop % 2 === 0) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    else
      await sqs.send(
        new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: '0', MessageBody }] }),
      );
  }
};
export const loop = sendOn;
export const allowedLoop = sendOn;

/**
 * Invokes itself until that fails or `last` is reached. Returns the number of runs and the error
 * that ended it.
 */
export const invokesItself = async ({ runs = 1, last }: { runs?: number; last: number }) => {
  if (runs === last) return { runs };
  const lambda = new LambdaClient({});
  try {
    const { Payload } = await lambda.send(
      new InvokeCommand({
        FunctionName: env.AWS_LAMBDA_FUNCTION_NAME,
        Payload: JSON.stringify({ runs: runs + 1, last }),
      }),
    );
    return JSON.parse(Buffer.from(Payload ?? []).toString()) as unknown;
  } catch (error) {
    return { runs, error: (error as Error).name };
  }
};

type Step = { readonly order: string; readonly token?: string; readonly mode?: string };

export const step = async ({ order, token, mode }: Step) => {
  if (token !== undefined) await recordCall('token', order, token);
  if (mode === 'reject') throw Object.assign(new Error('no'), { name: 'Rejected' });
  return { order, done: true };
};
