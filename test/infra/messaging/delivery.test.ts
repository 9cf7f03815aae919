import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import {
  PAYMENT_HOLD_SECONDS,
  PAYMENT_HOLD_SECONDS_MIN,
} from '../../../lambdas/orders/domain/customer-steps.ts';
import {
  BUS_SECONDS_MAX,
  GRACE_SECONDS,
  REDELIVERY_SECONDS,
  SAGA_STEP_SECONDS_MAX,
  STUCK_SECONDS,
} from '../../../lambdas/shared/events/delivery-times.ts';
import { metricsOfAlarm, readAlarm } from '../../support/infra/alarm.ts';
import { synthesizeTemplates } from '../../support/infra/synthesize-templates.ts';
import {
  findResource,
  functionBehindAlias,
  type Resource,
  readProperties,
  resourcesOf,
  resourcesOfType,
} from '../../support/infra/templates.ts';

/** Queues on the path of an order, for which an order waits. */
const COMMIT = 'inventory/CommitReservation';
const SHIP = 'inventory/ShipReservation';
const RECORD = 'orders/RecordStockOutcome';
const COMPLETE = 'orders/CompleteOrder';

const Mapping = z.object({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  BatchSize: z.number(),
  MaximumBatchingWindowInSeconds: z.optional(z.number()),
});
const Queue = z.object({
  VisibilityTimeout: z.number(),
  RedrivePolicy: z.object({ maxReceiveCount: z.number() }),
});
const Timed = z.object({ Timeout: z.number() });
const Retry = z.object({
  MaxAttempts: z.number(),
  IntervalSeconds: z.number(),
  BackoffRate: z.number(),
});
const Task = z.looseObject({
  TimeoutSeconds: z.optional(z.number()),
  Retry: z.array(z.looseObject({ ErrorEquals: z.array(z.string()) })),
});

let resources: readonly Resource[];

beforeAll(() => {
  resources = resourcesOf(synthesizeTemplates({ monitoring: 'full' }));
});

function queueOf(consumer: string) {
  const mapping = resourcesOfType(resources, 'AWS::Lambda::EventSourceMapping')
    .filter(({ properties }) => functionBehindAlias(String(properties.FunctionName)) === consumer)
    .map((found) => readProperties(Mapping, found))[0];
  if (mapping === undefined) throw new Error(`nothing invokes ${consumer}`);
  const { VisibilityTimeout, RedrivePolicy } = readProperties(
    Queue,
    findResource(resources, mapping.EventSourceArn),
  );
  return {
    batchMessages: mapping.BatchSize,
    windowSeconds: mapping.MaximumBatchingWindowInSeconds ?? 0,
    visibilitySeconds: VisibilityTimeout,
    receivesMax: RedrivePolicy.maxReceiveCount,
    timeoutSeconds: readProperties(Timed, findResource(resources, consumer)).Timeout,
  };
}

/**
 * Returns the end of the last receive if each earlier one failed in the slowest way: an error just
 * before the timeout, or a crash.
 */
function queueSecondsAtWorst(consumer: string): number {
  const { windowSeconds, visibilitySeconds, receivesMax, timeoutSeconds } = queueOf(consumer);
  let seconds = 0;
  for (let receive = 1; receive < receivesMax; receive += 1) {
    const redelivery = REDELIVERY_SECONDS[receive - 1] ?? Number.POSITIVE_INFINITY;
    seconds += windowSeconds + Math.max(visibilitySeconds, timeoutSeconds + redelivery);
  }
  return seconds + windowSeconds + timeoutSeconds;
}

const eventSecondsAtWorst = (consumer: string): number =>
  BUS_SECONDS_MAX + queueSecondsAtWorst(consumer);

function stateOf(name: string) {
  const machine = readProperties(
    z.object({ DefinitionString: z.string() }),
    findResource(resources, 'orders/Saga/ProcessOrder'),
  );
  const { States } = z
    .object({ States: z.record(z.string(), z.unknown()) })
    .parse(JSON.parse(machine.DefinitionString));
  return Task.parse(States[name]);
}

/**
 * Returns the duration of all attempts of a step, each of which takes the timeout of its function,
 * with the pauses between them.
 */
function stepSecondsAtWorst(name: string, functionName: string): number {
  const timeoutSeconds = readProperties(Timed, findResource(resources, functionName)).Timeout;
  const retries = stateOf(name).Retry.filter(({ ErrorEquals }) =>
    ErrorEquals.includes('States.ALL'),
  );
  const { MaxAttempts, IntervalSeconds, BackoffRate } = Retry.parse(retries[0]);
  let seconds = (MaxAttempts + 1) * timeoutSeconds;
  for (let retry = 0; retry < MaxAttempts; retry += 1)
    seconds += IntervalSeconds * BackoffRate ** retry;
  return seconds;
}

describe('the slowest delivery of an event', () => {
  test('ends before the saga stops waiting for its stock outcome', () => {
    const { TimeoutSeconds = 0 } = stateOf('ConfirmOrder');

    expect(queueSecondsAtWorst(COMMIT)).toBe(260);
    expect(TimeoutSeconds).toBeGreaterThanOrEqual(
      eventSecondsAtWorst(COMMIT) + eventSecondsAtWorst(RECORD),
    );
    // As short as possible, because a customer waits for it.
    expect(TimeoutSeconds).toBeLessThanOrEqual(11 * 60);
  });

  test('ends while the order holds its units, even with all retries of the authorization', () => {
    const authorization = stepSecondsAtWorst('AuthorizePayment', 'payments/AuthorizePayment');

    expect(PAYMENT_HOLD_SECONDS_MIN).toBeGreaterThanOrEqual(
      authorization + eventSecondsAtWorst(COMMIT),
    );
    expect(PAYMENT_HOLD_SECONDS).toBeGreaterThan(PAYMENT_HOLD_SECONDS_MIN);
  });

  test.each([COMMIT, SHIP, RECORD, COMPLETE])(
    'to %s is within the grace period between two contexts',
    (consumer) => {
      expect(GRACE_SECONDS).toBeGreaterThanOrEqual(eventSecondsAtWorst(consumer));
    },
  );

  test('ends before an order counts as stuck', () => {
    const { TimeoutSeconds = Number.POSITIVE_INFINITY } = stateOf('ConfirmOrder');
    const capture = stepSecondsAtWorst('CapturePayment', 'payments/CapturePayment');

    expect(SAGA_STEP_SECONDS_MAX).toBeGreaterThanOrEqual(capture);
    expect(STUCK_SECONDS).toBeGreaterThanOrEqual(
      TimeoutSeconds + capture + eventSecondsAtWorst(COMPLETE),
    );
  });
});

describe('a queue on the path of an order', () => {
  test.each([COMMIT, SHIP, RECORD, COMPLETE])(
    'of %s redelivers within a minute after a crash',
    (consumer) => {
      expect(queueOf(consumer)).toEqual({
        batchMessages: 10,
        windowSeconds: 0,
        visibilitySeconds: 60,
        receivesMax: REDELIVERY_SECONDS.length + 1,
        timeoutSeconds: 10,
      });
    },
  );
});

describe('the alarm for late events', () => {
  test('is raised while sagas still wait for them', () => {
    const { TimeoutSeconds = 0 } = stateOf('ConfirmOrder');
    const lags = resourcesOfType(resources, 'AWS::CloudWatch::Alarm')
      .map(readAlarm)
      .filter((alarm) => metricsOfAlarm(alarm).value?.name === 'IteratorAge');

    expect(lags.length).toBeGreaterThan(3);
    for (const { Threshold, EvaluationPeriods, Period = 0 } of lags) {
      expect(Threshold).toBe(BUS_SECONDS_MAX * 1_000);
      expect(BUS_SECONDS_MAX + EvaluationPeriods * Period).toBeLessThan(TimeoutSeconds);
    }
  });
});

describe('the alarm for waiting messages', () => {
  test.each([COMMIT, RECORD])(
    'of %s is raised before a saga stops waiting for its stock outcome',
    (consumer) => {
      const { TimeoutSeconds = 0 } = stateOf('ConfirmOrder');
      const queue = resourcesOfType(resources, 'AWS::Lambda::EventSourceMapping')
        .filter(
          ({ properties }) => functionBehindAlias(String(properties.FunctionName)) === consumer,
        )
        .map(
          (mapping) =>
            findResource(resources, readProperties(Mapping, mapping).EventSourceArn).name,
        )[0];
      const ages = resourcesOfType(resources, 'AWS::CloudWatch::Alarm')
        .map(readAlarm)
        .filter(
          (alarm) => metricsOfAlarm(alarm).value?.dimensions.QueueName === `${queue}.QueueName`,
        );

      expect(ages).toHaveLength(1);
      for (const { Threshold, EvaluationPeriods, Period = 0 } of ages)
        expect(Threshold + EvaluationPeriods * Period).toBeLessThan(TimeoutSeconds / 2);
    },
  );
});
