import { arnOf } from '../local/account.ts';
import type { AwsAction } from '../local/aws-fault.ts';
import type { SimulatedQueues } from './queues.ts';
import { md5 } from './transport.ts';

type Batch = {
  readonly QueueUrl: string;
  readonly Entries: readonly {
    readonly Id: string;
    readonly MessageBody: string;
    readonly DelaySeconds?: number;
  }[];
};

const nameOf = (url: string): string => url.split('/').at(-1) ?? '';

/** The actions of SQS that functions use. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html */
export const sqsActions = (queues: SimulatedQueues): Readonly<Record<string, AwsAction>> => ({
  'AmazonSQS.SendMessageBatch': (request) => {
    const { QueueUrl, Entries } = request as Batch;
    for (const { MessageBody, DelaySeconds } of Entries)
      queues.send(arnOf('sqs', nameOf(QueueUrl)), MessageBody, DelaySeconds);
    const taken = Entries.map(({ Id, MessageBody }) => ({
      Id,
      MessageId: Id,
      MD5OfMessageBody: md5(MessageBody),
    }));
    return { Successful: taken, Failed: [] };
  },
  'AmazonSQS.GetQueueAttributes': (request) => {
    const { QueueUrl } = request as Pick<Batch, 'QueueUrl'>;
    return { Attributes: { ApproximateNumberOfMessages: String(queues.depth(nameOf(QueueUrl))) } };
  },
});
