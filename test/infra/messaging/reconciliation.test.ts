import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { eventsOf } from '../../../lambdas/reconciliation/domain/events.ts';
import { mergeDetection } from '../../../lambdas/reconciliation/domain/finding.ts';
import { synthesizeTemplates } from '../../support/infra/synthesize-templates.ts';
import {
  findResource,
  functionBehindAlias,
  permissionsOf,
  type Resource,
  readProperties,
  resourcesOf,
  resourcesOfType,
} from '../../support/infra/templates.ts';

const Schedule = z.object({
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.optional(z.string()),
  FlexibleTimeWindow: z.object({ Mode: z.literal('OFF') }),
  Target: z.object({
    Arn: z.string(),
    Input: z.string(),
    RoleArn: z.string(),
    RetryPolicy: z.object({ MaximumRetryAttempts: z.number() }),
    DeadLetterConfig: z.object({ Arn: z.string() }),
  }),
});
const Variables = z.object({
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
});

let resources: readonly Resource[];
let configured: readonly Resource[];

beforeAll(() => {
  resources = resourcesOf(synthesizeTemplates());
  configured = resourcesOf(
    synthesizeTemplates({
      stage: 'trial',
      paymentProvider: 'sandbox',
      reconcileSchedule: 'rate(6 hours)',
      autoRepair: 'true',
      reconcileSegments: '7',
    }),
  );
});

const schedulesOf = (all: readonly Resource[]) =>
  resourcesOfType(all, 'AWS::Scheduler::Schedule').map((schedule) => ({
    name: schedule.name,
    ...readProperties(Schedule, schedule),
  }));
const reconciliationOf = (all: readonly Resource[]) =>
  schedulesOf(all).find(({ name }) => name.startsWith('reconciliation/Schedule/'));
const environmentOf = (all: readonly Resource[], name: string) =>
  readProperties(Variables, findResource(all, name)).Environment.Variables;

describe('a schedule', () => {
  test('runs a reconciliation each night, checks runs hourly, counts dead letters every five minutes and looks at levels each minute', () => {
    expect(
      schedulesOf(resources).map(({ ScheduleExpression, Target }) => [
        ScheduleExpression,
        Target.Arn,
      ]),
    ).toEqual([
      ['cron(* * * * ? *)', 'inventory/LookAtLevels/Live'],
      ['cron(0 3 * * ? *)', 'reconciliation/StartScheduledReconciliation/Live'],
      ['rate(1 hour)', 'reconciliation/WatchRuns/Live'],
      ['rate(5 minutes)', 'reconciliation/WatchDeadLetters/Live'],
    ]);
  });

  test('is the configured one', () => {
    expect(reconciliationOf(configured)?.ScheduleExpression).toBe('rate(6 hours)');
  });

  test('uses the configured time zone, by default UTC', () => {
    const inTokyo = resourcesOf(synthesizeTemplates({ reconcileTimezone: 'Asia/Tokyo' }));

    expect(reconciliationOf(resources)?.ScheduleExpressionTimezone).toBe('UTC');
    expect(reconciliationOf(inTokyo)).toMatchObject({
      ScheduleExpression: 'cron(0 3 * * ? *)',
      ScheduleExpressionTimezone: 'Asia/Tokyo',
    });
  });

  test('passes its scheduled time, so that one time starts one run', () => {
    for (const { Target } of schedulesOf(resources)) {
      expect(JSON.parse(Target.Input)).toEqual({ scheduledTime: '<aws.scheduler.scheduled-time>' });
    }
  });

  test('sends failed invocations to the same DLQ', () => {
    for (const { Target } of schedulesOf(resources)) {
      const scheduled = findResource(resources, functionBehindAlias(Target.Arn));
      const Dead = z.object({ DeadLetterConfig: z.object({ TargetArn: z.string() }) });

      expect(readProperties(Dead, scheduled).DeadLetterConfig.TargetArn).toBe(
        Target.DeadLetterConfig.Arn,
      );
    }
  });

  test('retries, sends undelivered invocations to a DLQ, and may only invoke its function', () => {
    for (const { Target } of schedulesOf(resources)) {
      const role = findResource(resources, Target.RoleArn).name;
      const allowed = permissionsOf(resources).filter((permission) => permission.role === role);

      expect(Target.RetryPolicy.MaximumRetryAttempts).toBeGreaterThan(0);
      expect(findResource(resources, Target.DeadLetterConfig.Arn).type).toBe('AWS::SQS::Queue');
      expect(allowed.flatMap(({ statement }) => statement.Action).sort()).toEqual([
        'lambda:InvokeFunction',
        'sqs:SendMessage',
      ]);
      for (const { statement } of allowed) {
        for (const arn of statement.Resource) {
          expect([Target.Arn, Target.DeadLetterConfig.Arn]).toContain(arn);
        }
      }
    }
  });
});

describe('the worker', () => {
  test.each(['reconciliation/ProcessWork', 'reconciliation/WatchDeadLetters'])(
    '%s receives every dead-letter queue of the app',
    (name) => {
      const told = environmentOf(resources, name).DEAD_LETTER_QUEUES ?? '';
      const dlqs = resourcesOfType(resources, 'AWS::SQS::Queue').filter(
        ({ name }) => !/\/Queue$/.test(name),
      );

      expect(dlqs.length).toBeGreaterThan(10);
      expect(dlqs.filter(({ name }) => !told.includes(name)).map(({ name }) => name)).toEqual([]);
    },
  );

  test.each([
    'reconciliation/ProcessWork',
    'reconciliation/WatchDeadLetters',
    'operations/ListDeadLetters',
    'operations/ExplainDeadLetters',
    'operations/RedriveDeadLetters',
    'operations/DiscardDeadLetters',
  ])('%s stays within the 4 KB of its environment', (name) => {
    const variables = environmentOf(resources, name);
    // A physical name consists of the truncated names of stack and construct and of random
    // characters. It has at most 80 characters in SQS and 64 in Lambda.
    const inAnAccount = JSON.stringify(variables)
      .replaceAll(/[\w-]+(\/[\w-]+)+\.(QueueName|Name)/g, 'n'.repeat(80))
      .replaceAll(
        /[\w-]+(\/[\w-]+)+\.Arn/g,
        'n'.repeat(64 + 'arn:aws:lambda:ap-southeast-1:000000000000:function:'.length),
      );

    expect(inAnAccount.length).toBeGreaterThan(1_000);
    expect(inAnAccount.length).toBeLessThan(4_096);
  });

  test('uses the configured settings', () => {
    expect(environmentOf(configured, 'reconciliation/ProcessWork')).toMatchObject({
      STAGE: 'trial',
      AUTO_REPAIR: 'true',
      REPAIR_UNITS_PER_SKU: '10',
      REPAIR_UNITS_PER_RUN: '100',
    });
    expect(environmentOf(configured, 'reconciliation/StartReconciliation')).toMatchObject({
      SCAN_SEGMENTS: '7',
    });
  });
});

const valueAt = (event: unknown, path: string): unknown =>
  path
    .split('.')
    .slice(1)
    .reduce<unknown>((inner, name) => Reflect.get(Object(inner), name), event);

const findingOf = (subject: string, explanation: string) =>
  mergeDetection(
    undefined,
    {
      kind: 'RECORD_UNREADABLE',
      subject,
      explanation,
      expected: null,
      actual: null,
      difference: null,
      units: 0,
      records: [],
      since: '2026-01-01T12:00:00.000Z',
    },
    {
      findingId: 'fnd-1',
      by: 'reconciler',
      correlationId: 'corr-1',
      now: Date.UTC(2026, 0, 1, 12),
    },
  );

describe('a drift notification', () => {
  test('is published to the topic with its text; an undelivered one goes to a DLQ', () => {
    const Rule = z.object({
      EventBusName: z.literal('shared/Bus'),
      EventPattern: z.unknown(),
      Targets: z.array(
        z.object({
          Arn: z.string(),
          DeadLetterConfig: z.object({ Arn: z.string() }),
          InputTransformer: z.object({
            InputPathsMap: z.record(z.string(), z.string()),
            InputTemplate: z.string(),
          }),
        }),
      ),
    });

    const { EventPattern, Targets } = readProperties(
      Rule,
      findResource(resources, 'reconciliation/DriftAlarms/DriftDetected'),
    );

    expect(EventPattern).toEqual({
      source: ['stockbook.reconciliation'],
      'detail-type': ['DriftDetected'],
    });
    expect(Targets.map(({ Arn, DeadLetterConfig }) => [Arn, DeadLetterConfig.Arn])).toEqual([
      ['shared/Alarms', 'reconciliation/DriftAlarms/Undelivered.Arn'],
    ]);
    expect(Object.values(Targets[0]?.InputTransformer.InputPathsMap ?? {}).sort()).toEqual([
      '$.detail.data.explanation',
      '$.detail.data.findingId',
      '$.detail.data.kind',
      '$.detail.data.subject',
    ]);
    expect(Targets[0]?.InputTransformer.InputTemplate).toContain('docs/runbook/');

    // EventBridge inserts values into a template without escaping them.
    const [drift] = eventsOf.finding(
      undefined,
      findingOf('"tea"\\', 'It has a "quote",\na line break and a \\.'),
    );
    const { InputTemplate, InputPathsMap } = Targets[0]?.InputTransformer ?? {
      InputTemplate: '',
      InputPathsMap: {},
    };
    const filled = Object.entries(InputPathsMap).reduce(
      (text, [name, path]) => text.replaceAll(`<${name}>`, () => String(valueAt(drift, path))),
      InputTemplate,
    );
    expect(JSON.parse(filled)).toBe(
      "Stockbook dev: RECORD_UNREADABLE 'tea'/\nIt has a 'quote', a line break and a /.\nFinding fnd-1. See docs/runbook/RECORD_UNREADABLE.md.",
    );
  });
});
