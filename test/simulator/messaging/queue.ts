import { arnOf } from '../../../local/account.ts';
import type { Properties } from '../../../local/cloud-assembly/resource-types.ts';

export type Message = {
  readonly messageId: string;
  readonly body: string;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  receiveCount: number;
};

export type Consumer = {
  readonly functionArn: string;
  readonly batchSize: number;
  readonly reportsFailures: boolean;
};

const VISIBILITY_SECONDS_DEFAULT = 30;
const SECOND = 1_000;

/** One queue of the templates, with its waiting messages. */
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
