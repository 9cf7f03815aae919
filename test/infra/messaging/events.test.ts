import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { missingEntries, STREAMS, SUBSCRIPTIONS } from '../../support/expected-app/expected-app.ts';
import { synthesizeTemplates } from '../../support/infra/synthesize-templates.ts';
import {
  findResource,
  functionBehindAlias,
  type Resource,
  readProperties,
  resourcesOf,
  resourcesOfType,
  statementsOf,
} from '../../support/infra/templates.ts';

const DAY_SECONDS = 24 * 60 * 60;
const RECEIVES_MAX = 5;

const Rule = z.object({
  EventBusName: z.string(),
  State: z.literal('ENABLED'),
  EventPattern: z.strictObject({ source: z.array(z.string()), 'detail-type': z.array(z.string()) }),
  ScheduleExpression: z.optional(z.undefined()),
  Targets: z.array(z.object({ Arn: z.string(), DeadLetterConfig: z.object({ Arn: z.string() }) })),
});
const Queue = z.object({
  MessageRetentionPeriod: z.number(),
  VisibilityTimeout: z.optional(z.number()),
  RedrivePolicy: z.optional(
    z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: z.number() }),
  ),
});
const Mapping = z.object({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  Enabled: z.optional(z.literal(true)),
  FunctionResponseTypes: z.array(z.string()),
});
const StreamMapping = z.object({
  BisectBatchOnFunctionError: z.boolean(),
  StartingPosition: z.string(),
  MaximumRetryAttempts: z.number(),
  MaximumRecordAgeInSeconds: z.number(),
  DestinationConfig: z.object({ OnFailure: z.object({ Destination: z.string() }) }),
  FilterCriteria: z.object({ Filters: z.array(z.object({ Pattern: z.string() })) }),
});
let resources: readonly Resource[];

beforeAll(() => {
  resources = resourcesOf(synthesizeTemplates());
});

const queueAt = (arn: string) => {
  const resource = findResource(resources, arn);
  expect(resource.type).toBe('AWS::SQS::Queue');
  return { name: resource.name, ...readProperties(Queue, resource) };
};
const mappings = () =>
  resourcesOfType(resources, 'AWS::Lambda::EventSourceMapping').map((mapping) => ({
    mapping,
    ...readProperties(Mapping, mapping),
  }));
const queueMappings = () =>
  mappings().filter(({ EventSourceArn }) => !EventSourceArn.endsWith('.StreamArn'));
const streamMappings = () =>
  mappings()
    .filter(({ EventSourceArn }) => EventSourceArn.endsWith('.StreamArn'))
    .map(({ mapping, ...common }) => ({ ...common, ...readProperties(StreamMapping, mapping) }));

/** Rules that notify people are tested in reconciliation.test.ts. */
const NOTICES = ['reconciliation/DriftAlarms/DriftDetected'];
/** Queues for a context's own work and for undelivered schedules are tested there too. */
const WORK_QUEUES = ['reconciliation/Work/Queue'];
const OTHER_DLQS = [
  'inventory/LevelSchedule/Undelivered',
  'reconciliation/DeadLetters/CountSchedule/Undelivered',
  // The DLQ of the bus itself.
  'shared/BusFailed',
  'reconciliation/DriftAlarms/Undelivered',
  'reconciliation/WatchSchedule/Undelivered',
  'reconciliation/Schedule/Undelivered',
];
const eventRules = () =>
  resourcesOfType(resources, 'AWS::Events::Rule')
    .filter(({ name }) => !NOTICES.includes(name))
    .map((rule) => ({ name: rule.name, ...readProperties(Rule, rule) }));

/** Expects a DLQ that keeps messages for two weeks and is counted; the alarm is on the count. */
function expectMonitoredDlq(arn: string): void {
  const { name, ...dlq } = queueAt(arn);
  const { Environment } = readProperties(
    z.object({
      Environment: z.object({ Variables: z.object({ DEAD_LETTER_QUEUES: z.string() }) }),
    }),
    findResource(resources, 'reconciliation/WatchDeadLetters'),
  );

  expect(dlq).toEqual({ MessageRetentionPeriod: 14 * DAY_SECONDS });
  expect(Environment.Variables.DEAD_LETTER_QUEUES).toContain(`${name}.QueueName`);
}

/** Returns what the policy of a queue allows; roles with a grant may send to it without it. */
const sendersTo = (queue: string) =>
  resourcesOfType(resources, 'AWS::SQS::QueuePolicy')
    .flatMap(statementsOf)
    .filter(({ Effect, Resource: [arn] }) => Effect === 'Allow' && arn === `${queue}.Arn`)
    .map(({ Action, Principal, Condition }) => ({
      maySend: Action.includes('sqs:SendMessage'),
      Principal,
      Condition,
    }));
const onlyRule = (rule: string) => [
  {
    maySend: true,
    Principal: { Service: 'events.amazonaws.com' },
    Condition: { ArnEquals: { 'aws:SourceArn': `${rule}.Arn` } },
  },
];

describe('a rule', () => {
  test('is listed in test/support/expected-app and created by a stack', () => {
    const rules = eventRules().map(({ name }) => name);

    expect(
      missingEntries(
        'subscriptions',
        rules,
        SUBSCRIPTIONS.map(({ rule }) => rule),
      ),
    ).toEqual([]);
  });

  test('is a listed one on the only bus, and delivers to one consumer through one queue', () => {
    const subscriptions = eventRules().map(({ name, EventBusName, EventPattern, Targets }) => {
      const queues = Targets.map(({ Arn }) => queueAt(Arn).name);
      const consumers = queueMappings().filter(({ EventSourceArn }) =>
        queues.some((queue) => EventSourceArn === `${queue}.Arn`),
      );
      expect(EventBusName).toBe('shared/Bus');
      expect(queues).toHaveLength(1);
      return {
        rule: name,
        source: EventPattern.source.join(),
        events: EventPattern['detail-type'],
        consumer: consumers.map(({ FunctionName }) => functionBehindAlias(FunctionName)).join(),
      };
    });

    const byRule = (one: { rule: string }, other: { rule: string }) =>
      one.rule < other.rule ? -1 : 1;
    expect(subscriptions.sort(byRule)).toEqual([...SUBSCRIPTIONS].sort(byRule));
  });

  test('sends undeliverable events to a monitored DLQ', () => {
    for (const { name, Targets } of eventRules()) {
      for (const { Arn, DeadLetterConfig } of Targets) {
        expectMonitoredDlq(DeadLetterConfig.Arn);
        expect(DeadLetterConfig.Arn).not.toBe(Arn);
        expect(sendersTo(queueAt(DeadLetterConfig.Arn).name)).toEqual(onlyRule(name));
      }
    }
  });

  test('is the only one that may send to its queue', () => {
    for (const { name, Targets } of eventRules()) {
      for (const { Arn } of Targets) expect(sendersTo(queueAt(Arn).name)).toEqual(onlyRule(name));
    }
  });

  test('targets no function, because asynchronous invocation may drop events', () => {
    const invokers = resourcesOfType(resources, 'AWS::Lambda::Permission').map(
      ({ properties }) => properties.Principal,
    );

    expect(
      new Set(
        eventRules().flatMap(({ Targets }) =>
          Targets.map(({ Arn }) => findResource(resources, Arn).type),
        ),
      ),
    ).toEqual(new Set(['AWS::SQS::Queue']));
    expect(new Set(invokers)).toEqual(new Set(['apigateway.amazonaws.com']));
  });
});

describe('a queue', () => {
  test('has a consumer or is a DLQ', () => {
    const consumed = queueMappings().map(({ EventSourceArn }) => queueAt(EventSourceArn).name);
    const dlqs = [
      ...eventRules().flatMap(({ Targets }) =>
        Targets.map(({ DeadLetterConfig }) => DeadLetterConfig.Arn),
      ),
      ...consumed.map((queue) => queueAt(queue).RedrivePolicy?.deadLetterTargetArn ?? ''),
      ...streamMappings().map(({ DestinationConfig }) => DestinationConfig.OnFailure.Destination),
    ].map((arn) => queueAt(arn).name);

    const all = resourcesOfType(resources, 'AWS::SQS::Queue').map(({ name }) => name);
    expect([...consumed, ...dlqs, ...OTHER_DLQS].sort()).toEqual([...all].sort());
    expect(consumed).toHaveLength(SUBSCRIPTIONS.length + WORK_QUEUES.length);
  });

  test(`moves a message to a monitored DLQ after ${RECEIVES_MAX} receives`, () => {
    for (const { EventSourceArn } of queueMappings()) {
      const { RedrivePolicy } = queueAt(EventSourceArn);

      expect(RedrivePolicy?.maxReceiveCount).toBe(RECEIVES_MAX);
      expectMonitoredDlq(RedrivePolicy?.deadLetterTargetArn ?? '');
    }
  });

  test('keeps a message for two weeks, so that no outage of the consumer loses one', () => {
    const kept = resourcesOfType(resources, 'AWS::SQS::Queue').map(
      (queue) => readProperties(Queue, queue).MessageRetentionPeriod,
    );

    expect(new Set(kept)).toEqual(new Set([14 * DAY_SECONDS]));
  });

  test('hides a message for six times the timeout of its consumer', () => {
    for (const { EventSourceArn, FunctionName } of queueMappings()) {
      const { Timeout: timeoutSeconds } = readProperties(
        z.object({ Timeout: z.number() }),
        findResource(resources, functionBehindAlias(FunctionName)),
      );

      expect(queueAt(EventSourceArn).VisibilityTimeout ?? 0).toBeGreaterThanOrEqual(
        6 * timeoutSeconds,
      );
    }
  });

  test('accepts partial batch responses of its consumer', () => {
    for (const { FunctionResponseTypes } of queueMappings()) {
      expect(FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
    }
  });

  test('rejects requests without TLS', () => {
    const guarded = resourcesOfType(resources, 'AWS::SQS::QueuePolicy').flatMap((policy) =>
      statementsOf(policy)
        .filter(({ Effect, Action }) => Effect === 'Deny' && Action.includes('sqs:*'))
        .flatMap(({ Condition, Resource: arns }) => {
          expect(Condition).toEqual({ Bool: { 'aws:SecureTransport': 'false' } });
          return arns;
        }),
    );

    const all = resourcesOfType(resources, 'AWS::SQS::Queue').map(({ name }) => `${name}.Arn`);
    expect([...guarded].sort()).toEqual([...all].sort());
  });
});

describe('a stream', () => {
  test('has the listed consumers with their filters', () => {
    const streams = streamMappings().map(({ EventSourceArn, FunctionName, FilterCriteria }) => ({
      consumer: functionBehindAlias(FunctionName),
      table: findResource(resources, EventSourceArn).name,
      patterns: FilterCriteria.Filters.map(({ Pattern }): unknown => JSON.parse(Pattern)),
    }));

    const ofItem = (type: string) => ({ dynamodb: { NewImage: { type: { S: [type] } } } });
    const byConsumer = (a: { consumer: string }, b: { consumer: string }) =>
      a.consumer.localeCompare(b.consumer);
    expect(streams.sort(byConsumer)).toEqual(
      STREAMS.map(({ types, ...rest }) => ({ ...rest, patterns: types.map(ofItem) })).sort(
        byConsumer,
      ),
    );
  });

  test('halves a failed batch and accepts partial batch responses', () => {
    for (const {
      BisectBatchOnFunctionError,
      FunctionResponseTypes,
      StartingPosition,
    } of streamMappings()) {
      expect({ BisectBatchOnFunctionError, FunctionResponseTypes, StartingPosition }).toEqual({
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        // Starts at the first record, so that changes before the mapping existed are published too.
        StartingPosition: 'TRIM_HORIZON',
      });
    }
  });

  test('has limited retries that end before the record expires', () => {
    for (const { MaximumRetryAttempts, MaximumRecordAgeInSeconds } of streamMappings()) {
      // -1 means without limit:
      // https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
      expect(MaximumRetryAttempts).toBeGreaterThanOrEqual(10);
      expect(MaximumRetryAttempts).toBeLessThanOrEqual(100);
      expect(MaximumRecordAgeInSeconds).toBeGreaterThanOrEqual(DAY_SECONDS / 2);
      expect(MaximumRecordAgeInSeconds).toBeLessThan(DAY_SECONDS);
    }
  });

  test('sends records that keep failing to a monitored DLQ', () => {
    for (const { DestinationConfig } of streamMappings())
      expectMonitoredDlq(DestinationConfig.OnFailure.Destination);
  });
});

describe('alarms', () => {
  test('may publish to their topic, whose policy replaces the default one', () => {
    const allowed = resourcesOfType(resources, 'AWS::SNS::TopicPolicy')
      .flatMap(statementsOf)
      .filter(({ Effect }) => Effect === 'Allow');

    expect(allowed).toEqual([
      expect.objectContaining({
        Action: ['sns:Publish'],
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Resource: ['shared/Alarms'],
        Condition: {
          StringEquals: { 'aws:SourceAccount': '<AccountId>' },
          ArnLike: { 'aws:SourceArn': 'arn:<Partition>:cloudwatch:<Region>:<AccountId>:alarm:*' },
        },
      }),
      // The rule that notifies of drift.
      expect.objectContaining({
        Action: ['sns:Publish'],
        Principal: { Service: 'events.amazonaws.com' },
        Resource: ['shared/Alarms'],
        Condition: {
          ArnLike: { 'aws:SourceArn': 'arn:<Partition>:events:<Region>:<AccountId>:rule/*' },
        },
      }),
    ]);
  });
});
