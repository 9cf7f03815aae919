import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  GetQueueUrlCommand,
  type QueueAttributeName,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';
import { DEVELOPER_CREDENTIALS, HOST, region } from '../account.ts';
import type { Properties } from '../cloud-assembly/resource-types.ts';
import type { Observer } from '../functions/observation.ts';
import { propagateTraceHeaders } from '../functions/trace-headers.ts';

export type Queues = {
  readonly endpoint: string;
  readonly create: (name: string, properties: Properties<'AWS::SQS::Queue'>) => Promise<void>;
  readonly send: (queueArn: string, body: string) => Promise<void>;
  /** Makes received messages visible again after a number of seconds. */
  readonly changeVisibility: (
    queueArn: string,
    receiptHandles: readonly string[],
    seconds: number,
  ) => Promise<void>;
  readonly urlOf: (queueArn: string) => Promise<string>;
  readonly stop: () => Promise<void>;
};

/**
 * Starts SQS in memory, by fauxqs. The function startFauxqs of fauxqs would listen on all
 * addresses; this one listens on the loopback address only.
 */
export async function startQueues(observe?: Observer): Promise<Queues> {
  const app = buildApp({ logger: false, defaultRegion: region() });
  propagateTraceHeaders(app);
  const endpoint = await app.listen({ host: HOST, port: 0 });
  const client = sqsClient(endpoint);
  const urls = new Map<string, string>();
  const urlOf = async (queueArn: string): Promise<string> => {
    const QueueName = queueArn.split(':').at(-1);
    const url =
      urls.get(queueArn) ?? (await client.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl;
    if (url === undefined) throw new Error(`there is no queue ${queueArn}`);
    urls.set(queueArn, url);
    return url;
  };
  return {
    endpoint,
    urlOf,
    create: async (QueueName, properties) => {
      await client.send(
        new CreateQueueCommand({ QueueName, Attributes: attributesOf(properties) }),
      );
    },
    send: async (queueArn, MessageBody) => {
      await client.send(new SendMessageCommand({ QueueUrl: await urlOf(queueArn), MessageBody }));
      observe?.({ kind: 'queueRequest', action: 'send', queueArn, messages: 1 });
    },
    changeVisibility: async (queueArn, receiptHandles, VisibilityTimeout) => {
      const QueueUrl = await urlOf(queueArn);
      await Promise.all(
        receiptHandles.map((ReceiptHandle) =>
          client.send(
            new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }),
          ),
        ),
      );
    },
    stop: async () => {
      client.destroy();
      await app.close();
    },
  };
}

export const sqsClient = (endpoint: string): SQSClient =>
  new SQSClient({ endpoint, region: region(), credentials: DEVELOPER_CREDENTIALS });

function attributesOf(
  properties: Properties<'AWS::SQS::Queue'>,
): Partial<Record<QueueAttributeName, string>> {
  const { RedrivePolicy, VisibilityTimeout, MessageRetentionPeriod, DelaySeconds } = properties;
  const attributes = { VisibilityTimeout, MessageRetentionPeriod, DelaySeconds };
  return {
    ...Object.fromEntries(
      Object.entries(attributes).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)]],
      ),
    ),
    ...(RedrivePolicy === undefined ? {} : { RedrivePolicy: JSON.stringify(RedrivePolicy) }),
  };
}
