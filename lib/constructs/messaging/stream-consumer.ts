import { Duration } from 'aws-cdk-lib';
import type { ITable, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { BUS_SECONDS_MAX } from '../../../lambdas/shared/events/delivery-times.ts';
import type { Config } from '../../config.ts';
import { asInterface } from '../as-interface.ts';
import type { ServiceFunction } from '../compute/service-function.ts';
import type { Alarms } from '../monitoring/alarms.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';

export type StreamConsumerProps = {
  readonly config: Pick<Config, 'streamParallelization'>;
  readonly table: TableV2;
  readonly consumer: ServiceFunction;
  readonly alarms: Alarms;
  /**
   * Types of the records whose new and changed items are delivered. Records that TTL removed are
   * not delivered.
   */
  readonly recordTypes: readonly string[];
};

const BATCH_RECORDS_MAX = 100;
/**
 * Retries of a batch. Together with the function's own retries they cover an outage of the bus of
 * some minutes.
 */
const RETRIES_MAX = 50;
/**
 * Minutes for which changes must be late before the alarm. A deployment of the consumer takes less.
 */
const LAG_MINUTES = 5;
const MILLISECONDS_PER_SECOND = 1_000;
/** A stream keeps its records for 24 hours. */
const RECORD_AGE_MAX = Duration.hours(23);

/**
 * Delivers the changes of a table to a function, in order. Lambda sends a record that still fails
 * at its last retry to a DLQ. The function itself sends a record that no retry can handle to the
 * DLQ, and continues with the next records.
 */
export class StreamConsumer extends Construct {
  readonly deadLetterQueue: DeadLetterQueue;

  constructor(
    scope: Construct,
    id: string,
    { config, table, consumer, alarms, recordTypes }: StreamConsumerProps,
  ) {
    super(scope, id);
    const failed = new DeadLetterQueue(this, 'Failed', {
      kind: 'stream',
      contents: 'Table changes',
    });
    this.deadLetterQueue = failed;
    failed.redriveTarget = { consumer };
    // The function may send to the queue, like every function to the destination of its failures.
    consumer.addEnvironment('STREAM_DLQ_URL', failed.queueUrl);
    // For a record that was repaired before its dead letter is redriven.
    consumer.allow(table.tableArn, 'dynamodb:GetItem');
    consumer.liveAlias.addEventSource(
      new DynamoEventSource(asInterface<ITable>(table), {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: BATCH_RECORDS_MAX,
        // Lambda splits a shard by item, so the changes of an item stay in order.
        parallelizationFactor: config.streamParallelization,
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
        retryAttempts: RETRIES_MAX,
        maxRecordAge: RECORD_AGE_MAX,
        onFailure: new SqsDlq(failed),
        filters: recordTypes.map((type) =>
          FilterCriteria.filter({
            dynamodb: { NewImage: { type: { S: FilterRule.isEqual(type) } } },
          }),
        ),
      }),
    );
    alarms.createAlarm(this, 'Lag', {
      metric: consumer.metric('IteratorAge', { period: Duration.minutes(1), statistic: 'Maximum' }),
      level: 'essential',
      description: `${consumer.node.id} is more than ${BUS_SECONDS_MAX} seconds behind the table's stream. Sagas wait for its events.`,
      runbook: 'PUBLISH_LAG',
      threshold: BUS_SECONDS_MAX * MILLISECONDS_PER_SECOND,
      evaluationPeriods: LAG_MINUTES,
    });
  }
}
