import { Duration } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { RECEIVES_MAX } from '../../../lambdas/shared/events/delivery-times.ts';
import type { Config } from '../../config.ts';
import { type ServiceFunction, WORK_TIMEOUT } from '../compute/service-function.ts';
import type { Alarms } from '../monitoring/alarms.ts';
import { DeadLetterQueue, DLQ_RETENTION } from './dead-letter-queue.ts';

export type WorkQueueProps = {
  readonly alarms: Alarms;
  /** Description of the messages. */
  readonly contents: string;
  readonly config: Pick<Config, 'reconcilerConcurrency'>;
};

/**
 * Six times the function's timeout, as recommended by
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const VISIBILITY_TIMEOUT = Duration.seconds(6 * WORK_TIMEOUT.toSeconds());

/**
 * Must be long, because the hourly check resends a part without progress after half an hour. A part
 * that has waited for twice as long has no worker.
 */
const AGE_SECONDS_MAX = 3_600;

/**
 * Queue for a context's own work, processed one message at a time. Messages that fail five times
 * are kept in a DLQ with an alarm.
 */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetterQueue: DeadLetterQueue;
  readonly #concurrency: number;

  constructor(scope: Construct, id: string, { alarms, contents, config }: WorkQueueProps) {
    super(scope, id);
    this.#concurrency = config.reconcilerConcurrency;
    this.deadLetterQueue = new DeadLetterQueue(this, 'Failed', { kind: 'work', contents });
    this.queue = new Queue(this, 'Queue', {
      visibilityTimeout: VISIBILITY_TIMEOUT,
      retentionPeriod: DLQ_RETENTION,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      deadLetterQueue: {
        queue: this.deadLetterQueue,
        maxReceiveCount: RECEIVES_MAX,
      },
    });
    alarms.createAlarm(this, 'Age', {
      metric: this.queue.metricApproximateAgeOfOldestMessage({
        period: Duration.minutes(5),
        statistic: 'Maximum',
      }),
      level: 'full',
      description: `${contents} has waited longer than ${AGE_SECONDS_MAX / 60} minutes.`,
      runbook: 'QUEUE_AGE',
      threshold: AGE_SECONDS_MAX,
    });
  }

  /** Allows a function to send work, and returns the function. */
  allowSend(sender: ServiceFunction): ServiceFunction {
    return sender.allow(this.queue.queueArn, 'sqs:SendMessage');
  }

  addWorker(worker: ServiceFunction): void {
    this.deadLetterQueue.redriveTarget = { queue: this.queue, consumer: worker };
    worker.liveAlias.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: 1,
        reportBatchItemFailures: true,
        // Limits the concurrent requests to the owners of the records.
        maxConcurrency: this.#concurrency,
      }),
    );
  }
}
