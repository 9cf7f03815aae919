import { Duration } from 'aws-cdk-lib';
import { type EventBus, type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  BATCH_WINDOW_SECONDS,
  QUEUE_AGE_MINUTES,
  QUEUE_AGE_SECONDS_MAX,
  RECEIVES_MAX,
  visibilitySecondsOf,
} from '../../../lambdas/shared/events/delivery-times.ts';
import type { Config } from '../../config.ts';
import { asInterface } from '../as-interface.ts';
import type { ServiceFunction } from '../compute/service-function.ts';
import type { Alarms } from '../monitoring/alarms.ts';
import { DeadLetterQueue, DLQ_RETENTION } from './dead-letter-queue.ts';

export type EventSubscriptionProps = {
  readonly bus: EventBus;
  readonly alarms: Alarms;
  readonly source: string;
  readonly detailTypes: readonly string[];
  readonly consumer: ServiceFunction;
  readonly config: Pick<Config, 'consumerConcurrency'>;
};

const BATCH_MESSAGES_MAX = 10;
/**
 * Delivers events of some types to a function: rule → queue → function with partial batch
 * responses. Messages that fail five times, and events that the rule could not deliver, are kept in
 * a DLQ with an alarm. A rule never invokes a function directly, because the function's
 * asynchronous queue may drop events. lambdas/shared/events/delivery-times.ts has the times. The
 * event source grants ChangeMessageVisibility on the queue, with which the consumer sets when a
 * failed message is received again.
 */
export class EventSubscription extends Construct {
  readonly deadLetterQueues: readonly DeadLetterQueue[];

  constructor(
    scope: Construct,
    id: string,
    { bus, alarms, source, detailTypes, consumer, config }: EventSubscriptionProps,
  ) {
    super(scope, id);
    const eventTypes = detailTypes.join(', ');
    const failed = new DeadLetterQueue(this, 'Failed', {
      kind: 'event',
      contents: `Events: ${eventTypes}`,
    });
    const undelivered = new DeadLetterQueue(this, 'Undelivered', {
      kind: 'delivery',
      contents: `Undelivered: ${eventTypes}`,
    });
    const queue = new Queue(this, 'Queue', {
      visibilityTimeout: Duration.seconds(visibilitySecondsOf(consumer.timeoutSeconds)),
      retentionPeriod: DLQ_RETENTION,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      deadLetterQueue: { queue: failed, maxReceiveCount: RECEIVES_MAX },
    });
    this.deadLetterQueues = [failed, undelivered];
    for (const deadLetters of this.deadLetterQueues)
      deadLetters.redriveTarget = { queue, consumer };
    new Rule(this, 'Rule', {
      eventBus: asInterface<IEventBus>(bus),
      eventPattern: { source: [source], detailType: [...detailTypes] },
      targets: [new SqsQueue(queue, { deadLetterQueue: undelivered })],
    });
    consumer.liveAlias.addEventSource(
      new SqsEventSource(queue, {
        batchSize: BATCH_MESSAGES_MAX,
        maxBatchingWindow: Duration.seconds(BATCH_WINDOW_SECONDS),
        reportBatchItemFailures: true,
        // The limit is set on the queue: reserved concurrency would throttle messages after their
        // receive, which counts as an attempt.
        // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html#events-sqs-max-concurrency
        maxConcurrency: config.consumerConcurrency,
      }),
    );
    alarms.createAlarm(this, 'Age', {
      metric: queue.metricApproximateAgeOfOldestMessage({
        period: Duration.minutes(1),
        statistic: 'Maximum',
      }),
      level: 'essential',
      description: `Events (${eventTypes}) have waited longer than ${QUEUE_AGE_SECONDS_MAX} seconds for ${consumer.node.id}.`,
      runbook: 'QUEUE_AGE',
      threshold: QUEUE_AGE_SECONDS_MAX,
      evaluationPeriods: QUEUE_AGE_MINUTES,
    });
  }
}
