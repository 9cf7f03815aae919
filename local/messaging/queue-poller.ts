import { setTimeout as delay } from 'node:timers/promises';
import {
  DeleteMessageBatchCommand,
  type Message,
  type MessageAttributeValue,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { region } from '../account.ts';
import type { Properties } from '../cloud-assembly/resource-types.ts';
import type { Invoke } from '../functions/invoke.ts';
import type { Observer } from '../functions/observation.ts';
import { longestChainHeader } from '../functions/request-chain.ts';
import { failedItemsOf } from './batch-response.ts';
import { type Queues, sqsClient } from './queues.ts';

export type Poller = { readonly stop: () => Promise<void> };

/** Number of concurrent batches of one queue. Lambda starts with five. */
const PARALLEL_BATCHES = 5;
const RECEIVE_MESSAGES_MAX = 10;
const LONG_POLL_SECONDS = 20;
const ERROR_DELAY_MILLISECONDS = 500;
const BATCH_SIZE_DEFAULT = 10;

/** Runs an event source mapping from a queue to a function. */
export async function pollQueue(
  mapping: Properties<'AWS::Lambda::EventSourceMapping'>,
  queues: Queues,
  invoke: Invoke,
  observe?: Observer,
): Promise<Poller> {
  const client = sqsClient(queues.endpoint);
  const QueueUrl = await queues.urlOf(mapping.EventSourceArn);
  const stopping = new AbortController();
  const { signal } = stopping;
  const batchSize = mapping.BatchSize ?? BATCH_SIZE_DEFAULT;
  const windowMilliseconds = (mapping.MaximumBatchingWindowInSeconds ?? 0) * 1_000;

  const observeRequest = (action: 'receive' | 'delete', messages: number): void =>
    observe?.({ kind: 'queueRequest', action, queueArn: mapping.EventSourceArn, messages });

  const receive = async (max: number, waitSeconds: number): Promise<readonly Message[]> => {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: Math.min(max, RECEIVE_MESSAGES_MAX),
        WaitTimeSeconds: waitSeconds,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
      { abortSignal: signal },
    );
    observeRequest('receive', Messages.length);
    return Messages;
  };

  const receiveBatch = async (): Promise<readonly Message[]> => {
    const batch = [...(await receive(batchSize, LONG_POLL_SECONDS))];
    const deadline = Date.now() + windowMilliseconds;
    while (batch.length > 0 && batch.length < batchSize && Date.now() < deadline) {
      batch.push(
        ...(await receive(batchSize - batch.length, Math.ceil((deadline - Date.now()) / 1_000))),
      );
    }
    return batch;
  };

  const handleMessages = async (batch: readonly Message[]): Promise<void> => {
    const traceHeaders = batch.map(({ Attributes = {} }) => Attributes.AWSTraceHeader);
    const result = await invoke(
      mapping.FunctionName,
      { Records: batch.map((message) => toRecord(message, mapping)) },
      longestChainHeader(traceHeaders, mapping.FunctionName),
    );
    // A rejected invocation counts as a receive too. After the last one, the message moves to the
    // dead letter queue.
    if (!result.ok) return;
    const ids = new Set(batch.map(({ MessageId }) => MessageId ?? ''));
    const failed =
      mapping.FunctionResponseTypes === undefined ? new Set() : failedItemsOf(result.payload, ids);
    // Messages that are not deleted are delivered again after the visibility timeout.
    if (failed === 'all') return;
    const done = batch.filter(({ MessageId }) => !failed.has(MessageId ?? ''));
    for (let from = 0; from < done.length; from += RECEIVE_MESSAGES_MAX) {
      const Entries = done
        .slice(from, from + RECEIVE_MESSAGES_MAX)
        .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      observeRequest('delete', Entries.length);
    }
  };

  const poll = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        const batch = await receiveBatch();
        if (batch.length > 0) await handleMessages(batch);
      } catch (error) {
        if (signal.aborted) return;
        console.error(`polling ${mapping.EventSourceArn} failed: ${error}`);
        await delay(ERROR_DELAY_MILLISECONDS);
      }
    }
  };
  const polling = Array.from({ length: PARALLEL_BATCHES }, poll);
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(polling);
      client.destroy();
    },
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
const toRecord = (
  message: Message,
  { EventSourceArn }: Properties<'AWS::Lambda::EventSourceMapping'>,
) => ({
  messageId: message.MessageId,
  receiptHandle: message.ReceiptHandle,
  body: message.Body,
  attributes: message.Attributes ?? {},
  messageAttributes: Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
      name,
      toAttribute(value),
    ]),
  ),
  md5OfBody: message.MD5OfBody,
  eventSource: 'aws:sqs',
  eventSourceARN: EventSourceArn,
  awsRegion: region(),
});

const toAttribute = ({ DataType, StringValue, BinaryValue }: MessageAttributeValue) => ({
  dataType: DataType,
  stringListValues: [],
  binaryListValues: [],
  ...(StringValue === undefined ? {} : { stringValue: StringValue }),
  ...(BinaryValue === undefined
    ? {}
    : { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
});
