import { arnOf } from '../../../local/account.ts';
import type { Properties } from '../../../local/cloud-assembly/resource-types.ts';

export type Message = {
  readonly messageId: string;
  readonly body: string;
  /** Epoch milliseconds. */
  readonly sentAt: number;
  receiveCount: number;
};

export type ReceivedMessage = { readonly receipt: string; readonly message: Message };

export type Consumer = {
  readonly functionArn: string;
  readonly batchSize: number;
  readonly reportsFailures: boolean;
};

const BATCH_SIZE_DEFAULT = 10;
const VISIBILITY_SECONDS_DEFAULT = 30;
const SECOND = 1_000;

/** One queue of the templates, with its visible messages. */
export class Queue {
  readonly name: string;
  readonly arn: string;
  readonly visibilityMilliseconds: number;
  readonly receiveCountMax: number;
  readonly deadLetterArn: string | undefined;
  readonly visible: Message[] = [];
  /** Number of sent messages that cannot be received yet. */
  delayedCount = 0;
  isPollScheduled = false;
  sentCount = 0;
  consumer: Consumer | undefined;

  constructor(name: string, properties: Properties<'AWS::SQS::Queue'>) {
    this.name = name;
    this.arn = arnOf('sqs', name);
    this.visibilityMilliseconds =
      (properties.VisibilityTimeout ?? VISIBILITY_SECONDS_DEFAULT) * SECOND;
    this.receiveCountMax = properties.RedrivePolicy?.maxReceiveCount ?? Number.POSITIVE_INFINITY;
    this.deadLetterArn = properties.RedrivePolicy?.deadLetterTargetArn;
  }
}

/** Returns the function that consumes a queue by an event source mapping. */
export const toConsumer = (mapping: Properties<'AWS::Lambda::EventSourceMapping'>): Consumer => ({
  functionArn: arnOf('lambda', `function:${mapping.FunctionName}`),
  batchSize: mapping.BatchSize ?? BATCH_SIZE_DEFAULT,
  reportsFailures: mapping.FunctionResponseTypes !== undefined,
});

/**
 * Returns a message as a record of a function's event.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */
export const toQueueRecord = (
  { receipt, message: { messageId, body, receiveCount } }: ReceivedMessage,
  { arn }: Queue,
) => ({
  messageId,
  receiptHandle: receipt,
  body,
  attributes: { ApproximateReceiveCount: String(receiveCount) },
  messageAttributes: {},
  eventSource: 'aws:sqs',
  eventSourceARN: arn,
});
