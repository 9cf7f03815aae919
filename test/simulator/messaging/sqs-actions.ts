import { createHash } from 'node:crypto';
import { arnOf } from '../../../local/account.ts';
import type { AwsAction } from '../../../local/api/aws-server.ts';
import type { SimulatedQueues } from './simulated-queues.ts';

type SendBatchRequest = {
  readonly QueueUrl: string;
  readonly Entries: readonly {
    readonly Id: string;
    readonly MessageBody: string;
    readonly DelaySeconds?: number;
  }[];
};

type ReceiveRequest = {
  readonly QueueUrl: string;
  readonly MaxNumberOfMessages: number;
  readonly VisibilityTimeout: number;
};
type ReceiptRequest = { readonly ReceiptHandle: string };
type VisibilityEntry = ReceiptRequest & { readonly Id: string; readonly VisibilityTimeout: number };

const queueNameOf = (url: string): string => url.split('/').at(-1) ?? '';

/** Returns the hash of a message body that SQS returns and that the SDK checks. */
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/**
 * Returns the actions of SQS that functions use.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
 */
export const createSqsActions = (queues: SimulatedQueues): Readonly<Record<string, AwsAction>> => ({
  'AmazonSQS.SendMessageBatch': (request) => {
    const { QueueUrl, Entries } = request as SendBatchRequest;
    for (const { MessageBody, DelaySeconds } of Entries)
      queues.send(arnOf('sqs', queueNameOf(QueueUrl)), MessageBody, DelaySeconds);
    const taken = Entries.map(({ Id, MessageBody }) => ({
      Id,
      MessageId: Id,
      MD5OfMessageBody: md5(MessageBody),
    }));
    return { Successful: taken, Failed: [] };
  },
  'AmazonSQS.SendMessage': (request) => {
    const { QueueUrl, MessageBody } = request as {
      readonly QueueUrl: string;
      readonly MessageBody: string;
    };
    queues.send(arnOf('sqs', queueNameOf(QueueUrl)), MessageBody);
    return { MessageId: md5(MessageBody), MD5OfMessageBody: md5(MessageBody) };
  },
  'AmazonSQS.ReceiveMessage': (request) => {
    const { QueueUrl, MaxNumberOfMessages, VisibilityTimeout } = request as ReceiveRequest;
    const received = queues.receive(queueNameOf(QueueUrl), MaxNumberOfMessages, VisibilityTimeout);
    const Messages = received.map(({ receipt, message: { messageId, body, sentAt } }) => ({
      MessageId: messageId,
      ReceiptHandle: receipt,
      Body: body,
      MD5OfBody: md5(body),
      Attributes: { SentTimestamp: String(sentAt) },
    }));
    return { Messages };
  },
  'AmazonSQS.DeleteMessage': (request) => {
    queues.delete((request as ReceiptRequest).ReceiptHandle);
    return {};
  },
  'AmazonSQS.ChangeMessageVisibilityBatch': (request) => {
    const { Entries } = request as { readonly Entries: readonly VisibilityEntry[] };
    const isChanged = Map.groupBy(Entries, ({ ReceiptHandle, VisibilityTimeout }) =>
      queues.changeVisibility(ReceiptHandle, VisibilityTimeout),
    );
    const notInFlight = {
      Code: 'InvalidParameterValue',
      SenderFault: true,
      Message: 'Message is not in flight',
    };
    return {
      Successful: (isChanged.get(true) ?? []).map(({ Id }) => ({ Id })),
      Failed: (isChanged.get(false) ?? []).map(({ Id }) => ({ Id, ...notInFlight })),
    };
  },
  'AmazonSQS.GetQueueAttributes': (request) => {
    const { QueueUrl } = request as Pick<SendBatchRequest, 'QueueUrl'>;
    return {
      Attributes: { ApproximateNumberOfMessages: String(queues.depth(queueNameOf(QueueUrl))) },
    };
  },
});
