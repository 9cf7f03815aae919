import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { synthesizeTemplates } from '../../support/infra/synthesize-templates.ts';
import {
  findResource,
  functionBehindAlias,
  type Resource,
  readProperties,
  resourcesOf,
  resourcesOfType,
} from '../../support/infra/templates.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const TABLES = [
  'inventory/Book',
  'payments/Payments',
  'payments/Provider',
  'orders/Orders',
  'reconciliation/Reconciliation',
];

const Table = z.object({
  BillingMode: z.string(),
  StreamSpecification: z.unknown(),
  TimeToLiveSpecification: z.unknown(),
  KeySchema: z.unknown(),
  Replicas: z.array(
    z.object({
      DeletionProtectionEnabled: z.boolean(),
      PointInTimeRecoverySpecification: z.unknown(),
    }),
  ),
});

let dev: readonly Resource[];
let prod: readonly Resource[];
/**
 * A stage with every optional setting. One synthesis serves all tests, because it takes seconds.
 */
let configured: readonly Resource[];

beforeAll(() => {
  // With every function: that of the public route exists only where it is configured.
  dev = resourcesOf(synthesizeTemplates({ monitoring: 'full', publicAvailability: 'true' }));
  prod = resourcesOf(synthesizeTemplates({ stage: 'prod', paymentProvider: 'sandbox' }));
  configured = resourcesOf(
    synthesizeTemplates({
      removalPolicy: 'retain',
      paymentProvider: 'sandbox',
      holdGranularitySeconds: '2',
      holdSeconds: '4',
      alarmEmail: 'staff@shop.example',
    }),
  );
});

const tablesOf = (resources: readonly Resource[]) =>
  resourcesOfType(resources, 'AWS::DynamoDB::GlobalTable');

/** Returns the removal policies of a table and its deletion protection. */
const removalOf = (table: Resource) => ({
  table: table.name,
  DeletionPolicy: table.deletionPolicy,
  UpdateReplacePolicy: table.updateReplacePolicy,
  protected: readProperties(Table, table).Replicas.map(
    ({ DeletionProtectionEnabled }) => DeletionProtectionEnabled,
  ),
});

describe('a table', () => {
  test('is one of the listed ones', () => {
    expect(tablesOf(dev).map(({ name }) => name)).toEqual(TABLES);
    expect(resourcesOfType(dev, 'AWS::DynamoDB::Table')).toEqual([]);
  });

  test.each(TABLES)(
    '%s is on demand, streams both images, expires items by `ttl` and has recovery',
    (name) => {
      const table = readProperties(Table, findResource(dev, name));

      expect(table).toEqual({
        BillingMode: 'PAY_PER_REQUEST',
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        Replicas: [
          {
            DeletionProtectionEnabled: false,
            PointInTimeRecoverySpecification: {
              PointInTimeRecoveryEnabled: true,
              RecoveryPeriodInDays: 35,
            },
          },
        ],
      });
    },
  );

  test('of a trial stage is deleted with its stack', () => {
    expect(tablesOf(dev).map(removalOf)).toEqual(
      TABLES.map((table) => ({
        table,
        DeletionPolicy: 'Delete',
        UpdateReplacePolicy: 'Delete',
        protected: [false],
      })),
    );
  });

  test('of prod is retained and protected from deletion', () => {
    expect(tablesOf(prod).map(removalOf)).toEqual(
      TABLES.map((table) => ({
        table,
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        protected: [true],
      })),
    );
  });

  test('of a trial stage is retained if configured', () => {
    const kept = tablesOf(configured).map(({ deletionPolicy }) => deletionPolicy);

    expect(new Set(kept)).toEqual(new Set(['Retain']));
  });

  test('that is retained without protection is deleted when its first deployment fails', () => {
    const unprotected = tablesOf(
      resourcesOf(
        synthesizeTemplates({
          stage: 'prod',
          paymentProvider: 'sandbox',
          deletionProtection: 'false',
        }),
      ),
    );

    expect(unprotected.map(removalOf)).toEqual(
      TABLES.map((table) => ({
        table,
        DeletionPolicy: 'RetainExceptOnCreate',
        UpdateReplacePolicy: 'Retain',
        protected: [false],
      })),
    );
  });
});

describe('a function', () => {
  const FunctionProperties = z.object({
    Runtime: z.string(),
    Architectures: z.array(z.string()),
    Handler: z.string(),
    Timeout: z.number(),
    LoggingConfig: z.object({ LogGroup: z.string() }),
    FunctionName: z.optional(z.undefined()),
    Code: z.object({ S3Key: z.string() }),
  });
  const functions = () =>
    resourcesOfType(dev, 'AWS::Lambda::Function').map((handler) => ({
      name: handler.name,
      ...readProperties(FunctionProperties, handler),
    }));

  test('runs on Node 24 and arm64', () => {
    const platforms = functions().map(({ Runtime, Architectures, Handler }) =>
      [Runtime, ...Architectures, Handler].join(' '),
    );

    expect(new Set(platforms)).toEqual(new Set(['nodejs24.x arm64 index.handler']));
  });

  test('exists once for each handler in lambdas/', () => {
    const handlers = globSync('lambdas/*/handlers/**/*.ts', { cwd: ROOT });
    const bundles = Map.groupBy(functions(), ({ Code }) => Code.S3Key);

    expect(handlers.length).toBeGreaterThan(30);
    expect(bundles.size).toBe(handlers.length);
    expect([...bundles.values()].filter(({ length }) => length > 1)).toEqual([]);
  });

  test('has its own log group with a retention', () => {
    const groups = functions().map(({ LoggingConfig }) =>
      findResource(dev, LoggingConfig.LogGroup),
    );

    expect(new Set(groups.map(({ name }) => name)).size).toBe(groups.length);
    expect(new Set(groups.map(({ properties }) => properties.RetentionInDays))).toEqual(
      new Set([14]),
    );
  });

  test('that handles requests times out before API Gateway does', () => {
    const API_GATEWAY_SECONDS_MAX = 30;
    const behindRoutes = resourcesOfType(dev, 'AWS::ApiGatewayV2::Integration').map((integration) =>
      functionBehindAlias(String(integration.properties.IntegrationUri)),
    );
    const timeouts = functions()
      .filter(({ name }) => behindRoutes.includes(name))
      .map(({ Timeout }) => Timeout);

    expect(timeouts.length).toBe(behindRoutes.length);
    expect(Math.max(...timeouts)).toBeLessThan(API_GATEWAY_SECONDS_MAX);
  });

  test('receives the configured hold length and granularity', () => {
    const told = (variable: string) =>
      resourcesOfType(configured, 'AWS::Lambda::Function').flatMap(({ properties }) => {
        const { Variables } = z
          .object({ Variables: z.record(z.string(), z.string()) })
          .parse(properties.Environment);
        return Variables[variable] ?? [];
      });

    expect(new Set(told('HOLD_GRANULARITY_SECONDS'))).toEqual(new Set(['2']));
    expect(new Set(told('HOLD_SECONDS'))).toEqual(new Set(['4']));
  });
});

describe('the alarm topic', () => {
  const subscriptionsOf = (resources: readonly Resource[]) =>
    resourcesOfType(resources, 'AWS::SNS::Subscription').map(({ properties }) => properties);

  test('has an e-mail subscription only if an address is configured', () => {
    expect(subscriptionsOf(dev)).toEqual([]);
    expect(subscriptionsOf(configured)).toEqual([
      { Protocol: 'email', Endpoint: 'staff@shop.example', TopicArn: 'shared/Alarms' },
    ]);
  });
});

describe('every resource', () => {
  test('has no fixed name, so that it can be replaced', () => {
    const NAMES = [
      'TableName',
      'FunctionName',
      'QueueName',
      'TopicName',
      'StateMachineName',
      'RoleName',
    ];
    const OWNERS = /::(GlobalTable|Function|Queue|Topic|StateMachine|Role)$/;

    const named = dev.filter(
      ({ type, properties }) => OWNERS.test(type) && NAMES.some((name) => name in properties),
    );

    expect(named.map(({ name }) => name)).toEqual([]);
  });

  test('has a known type, because a new type needs tests first', () => {
    expect([...new Set(dev.map(({ type }) => type))].sort()).toEqual([
      'AWS::ApiGatewayV2::Api',
      'AWS::ApiGatewayV2::Authorizer',
      'AWS::ApiGatewayV2::Integration',
      'AWS::ApiGatewayV2::Route',
      'AWS::ApiGatewayV2::Stage',
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::Dashboard',
      'AWS::Cognito::UserPool',
      'AWS::Cognito::UserPoolClient',
      'AWS::Cognito::UserPoolDomain',
      'AWS::Cognito::UserPoolResourceServer',
      'AWS::DynamoDB::GlobalTable',
      'AWS::Events::Archive',
      'AWS::Events::EventBus',
      'AWS::Events::Rule',
      'AWS::IAM::Policy',
      'AWS::IAM::Role',
      'AWS::Lambda::Alias',
      'AWS::Lambda::EventSourceMapping',
      'AWS::Lambda::Function',
      'AWS::Lambda::Permission',
      'AWS::Lambda::Version',
      'AWS::Logs::LogGroup',
      'AWS::Logs::MetricFilter',
      'AWS::SNS::Topic',
      'AWS::SNS::TopicPolicy',
      'AWS::SQS::Queue',
      'AWS::SQS::QueuePolicy',
      'AWS::Scheduler::Schedule',
      'AWS::StepFunctions::StateMachine',
      'Custom::RouteSettings',
    ]);
  });
});
