import { App, Stack, Validations } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import * as z from 'zod/mini';
import { createEventSchemas } from '../../../cli/generate/events/event-schemas.ts';
import { NagChecks } from '../../../lib/nag-checks.ts';
import { createStockbook } from '../../../lib/stockbook.ts';
import { cdkContext, synthesizeTemplates } from '../../support/infra/synthesize-templates.ts';
import {
  functionBehindAlias,
  type Resource,
  readProperties,
  resourcesOf,
  resourcesOfType,
  statementsOf,
} from '../../support/infra/templates.ts';

const CERTIFICATE = 'arn:aws:acm:eu-west-1:111122223333:certificate/1';
let dev: readonly Resource[];
/**
 * A stage with every optional setting. One synthesis serves all tests, because it takes seconds.
 */
let configured: readonly Resource[];

beforeAll(() => {
  dev = resourcesOf(synthesizeTemplates());
  configured = resourcesOf(
    synthesizeTemplates({
      domainName: 'api.shop.example',
      certificateArn: CERTIFICATE,
      hostedZoneId: 'Z0123456789ABC',
      deletionProtection: 'true',
      recoveryDays: '7',
      logRetentionDays: '365',
      memoryMegabytes: '1024',
      archiveDays: '30',
      schemaRegistry: 'true',
    }),
  );
});

describe('AWS Solutions checks', () => {
  const appWith = (stage: string): App => {
    const app = new App({
      analyticsReporting: false,
      context: cdkContext({ stage, paymentProvider: 'sandbox', publicAvailability: 'true' }),
    });
    createStockbook(app);
    return app;
  };

  test.each(['dev', 'prod'])('%s breaks no rule without an acknowledgement', (stage) => {
    vi.stubEnv('CDK_VALIDATION', 'true');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(() => appWith(stage).synth()).not.toThrow();
  });

  test('detect a planted topic that accepts requests without TLS', () => {
    const app = appWith('dev');
    new Topic(new Stack(app, 'stockbook-dev-planted'), 'Open');

    expect(() => app.synth()).toThrow('AwsSolutions-SNS3');
  });

  test('an acknowledgement applies to its construct only, by rule or by finding', () => {
    const reportOf = (...ids: readonly string[]) => {
      const app = new App({ analyticsReporting: false });
      const [known, other] = ['Known', 'Other'].map((id) => new Topic(new Stack(app, id), 'Open'));
      for (const id of ids) Validations.of(known as Topic).acknowledge({ id, reason: 'a test' });
      expect(other).toBeDefined();
      const { violations } = new NagChecks(app).validate({
        appConstruct: app,
        templatePaths: [],
        stackTemplates: [],
      });
      return violations.flatMap(({ ruleName, violatingResources = [] }) =>
        violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
      );
    };

    const found = 'AwsSolutions-SNS3';
    expect(reportOf()).toEqual([`${found} Known/Open/Resource`, `${found} Other/Open/Resource`]);
    expect(reportOf(found)).toEqual([`${found} Other/Open/Resource`]);
  });

  test('each acknowledgement has its own reason', () => {
    const reasons = appWith('dev')
      .node.findAll()
      .flatMap(({ node }) => node.metadata)
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.values(z.record(z.string(), z.unknown()).parse(data)));

    expect(reasons.length).toBeGreaterThan(50);
    expect(reasons.filter((reason) => String(reason).split(' ').length < 6)).toEqual([]);
  });
});

describe('config', () => {
  test('gives the API its own domain name with TLS 1.2 or later', () => {
    expect(
      resourcesOfType(configured, 'AWS::ApiGatewayV2::DomainName').map(
        ({ properties }) => properties,
      ),
    ).toEqual([
      expect.objectContaining({
        DomainName: 'api.shop.example',
        DomainNameConfigurations: [
          expect.objectContaining({ CertificateArn: CERTIFICATE, EndpointType: 'REGIONAL' }),
        ],
      }),
    ]);
    expect(resourcesOfType(configured, 'AWS::ApiGatewayV2::ApiMapping')).toHaveLength(1);
    expect(resourcesOfType(dev, 'AWS::Route53::RecordSet')).toEqual([]);
    expect(
      resourcesOfType(configured, 'AWS::Route53::RecordSet').map(({ properties }) => properties),
    ).toEqual([
      {
        HostedZoneId: 'Z0123456789ABC',
        Name: 'api.shop.example',
        Type: 'A',
        AliasTarget: {
          DNSName: 'operations/Http/Domain.RegionalDomainName',
          HostedZoneId: 'operations/Http/Domain.RegionalHostedZoneId',
        },
      },
    ]);
    expect(resourcesOfType(dev, 'AWS::ApiGatewayV2::DomainName')).toEqual([]);
  });

  test('archives events for the configured number of days', () => {
    const archives = (resources: readonly Resource[]) =>
      resourcesOfType(resources, 'AWS::Events::Archive').map(({ properties }) => properties);

    expect(archives(configured)).toMatchObject([
      {
        SourceArn: 'shared/Bus.Arn',
        EventPattern: { source: [{ prefix: 'stockbook.' }] },
        RetentionDays: 30,
      },
    ]);
    expect(archives(dev)).toMatchObject([{ RetentionDays: 14 }]);
  });

  test('adds each event schema to a registry, and creates none by default', () => {
    const schemas = resourcesOfType(configured, 'AWS::EventSchemas::Schema').map(
      ({ properties }) => properties.SchemaName,
    );

    expect(schemas).toEqual([...createEventSchemas().keys()].sort());
    expect(resourcesOfType(dev, 'AWS::EventSchemas::Registry')).toEqual([]);
  });

  test('sets the memory of all functions and the retention of all logs', () => {
    const of = (type: string, property: string) =>
      new Set(resourcesOfType(configured, type).map(({ properties }) => properties[property]));

    expect(of('AWS::Lambda::Function', 'MemorySize')).toEqual(new Set([1024]));
    expect(of('AWS::Logs::LogGroup', 'RetentionInDays')).toEqual(new Set([365]));
  });

  test('protects tables and users from deletion and sets the recovery period of tables', () => {
    const Replica = z.object({
      DeletionProtectionEnabled: z.boolean(),
      PointInTimeRecoverySpecification: z.object({ RecoveryPeriodInDays: z.number() }),
    });
    const replicas = resourcesOfType(configured, 'AWS::DynamoDB::GlobalTable').flatMap(
      (table) => readProperties(z.object({ Replicas: z.array(Replica) }), table).Replicas,
    );

    expect(new Set(replicas.map((replica) => JSON.stringify(replica)))).toEqual(
      new Set([
        JSON.stringify({
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { RecoveryPeriodInDays: 7 },
        }),
      ]),
    );
    expect(
      resourcesOfType(configured, 'AWS::Cognito::UserPool').map(
        ({ properties }) => properties.DeletionProtection,
      ),
    ).toEqual(['ACTIVE', 'ACTIVE']);
  });
});

describe('a log', () => {
  test('always has a retention', () => {
    const groups = resourcesOfType(dev, 'AWS::Logs::LogGroup');

    expect(groups.length).toBeGreaterThan(50);
    expect(groups.filter(({ properties }) => properties.RetentionInDays === undefined)).toEqual([]);
  });

  test('of another service has the prefix that needs no extra policy', () => {
    const vended = resourcesOfType(dev, 'AWS::Logs::LogGroup').flatMap(
      ({ properties }) => properties.LogGroupName ?? [],
    );

    // The access log and the two sagas. Functions have their own log groups.
    expect(vended.sort()).toEqual([
      '/aws/vendedlogs/stockbook-dev/access',
      '/aws/vendedlogs/stockbook-dev/sagas/CancelOrder',
      '/aws/vendedlogs/stockbook-dev/sagas/ProcessOrder',
    ]);
  });

  test('of a saga contains errors but no step data', () => {
    const configurations = resourcesOfType(dev, 'AWS::StepFunctions::StateMachine').map(
      ({ properties }) => properties.LoggingConfiguration,
    );

    expect(configurations).toEqual([
      expect.objectContaining({ Level: 'ERROR', IncludeExecutionData: false }),
      expect.objectContaining({ Level: 'ERROR', IncludeExecutionData: false }),
    ]);
  });
});

test('of a function contains its own lines and only errors of Lambda', () => {
  const configurations = resourcesOfType(dev, 'AWS::Lambda::Function').map(({ properties }) => {
    const { LogGroup: _own, ...rest } = z
      .looseObject({ LogGroup: z.string() })
      .parse(properties.LoggingConfig);
    return JSON.stringify(rest);
  });

  expect(new Set(configurations)).toEqual(
    new Set(['{"ApplicationLogLevel":"INFO","LogFormat":"JSON","SystemLogLevel":"WARN"}']),
  );
});

test('a trace starts with a request or a saga and is passed on to all calls', () => {
  const routed = new Set(
    resourcesOfType(dev, 'AWS::Lambda::Permission').map(({ properties }) =>
      functionBehindAlias(String(properties.FunctionName)),
    ),
  );
  const modes = resourcesOfType(dev, 'AWS::Lambda::Function').map(({ name, properties }) => [
    name,
    JSON.stringify(properties.TracingConfig),
  ]);

  expect(modes).toEqual(
    modes.map(([name]) => [
      name,
      routed.has(name ?? '') ? '{"Mode":"Active"}' : '{"Mode":"PassThrough"}',
    ]),
  );
  expect(routed.size).toBeGreaterThan(20);
  expect(routed.size).toBeLessThan(modes.length);
  expect(
    resourcesOfType(dev, 'AWS::StepFunctions::StateMachine').map(
      ({ properties }) => properties.TracingConfiguration,
    ),
  ).toEqual([{ Enabled: true }, { Enabled: true }]);
});

test('no function has a secret or a variable for one in its environment', () => {
  const names = resourcesOfType(dev, 'AWS::Lambda::Function').flatMap(({ properties }) =>
    Object.keys(
      z.object({ Variables: z.record(z.string(), z.string()) }).parse(properties.Environment)
        .Variables,
    ),
  );

  expect(names.length).toBeGreaterThan(100);
  // The name or ARN of a secret is not secret.
  expect(
    names.filter(
      (name) => /SECRET|PASSWORD|TOKEN|API_?KEY|PRIVATE/.test(name) && !/_(ARN|NAME)$/.test(name),
    ),
  ).toEqual([]);
});

describe('the API', () => {
  test('prunes the settings of deleted routes before its stage is updated', () => {
    const template = synthesizeTemplates().operations;
    const [[pruner, { Properties: asked }] = ['', { Properties: {} }]] = Object.entries(
      template.findResources('Custom::RouteSettings'),
    );
    const [stage] = Object.values(template.findResources('AWS::ApiGatewayV2::Stage'));

    expect(stage?.DependsOn).toContain(pruner);
    expect(asked).toMatchObject({
      // All routes of the stage. A changed list invokes the pruner again.
      Routes: Object.keys(stage?.Properties.RouteSettings).sort(),
      ServiceTimeout: '300',
    });
    expect(
      functionBehindAlias(
        String(resourcesOfType(dev, 'Custom::RouteSettings')[0]?.properties.ServiceToken),
      ),
    ).toBe('operations/PruneRouteSettings');
  });

  test('is opened only after every route of every stack exists', () => {
    const others = ['shared', 'inventory', 'payments', 'orders', 'reconciliation'];

    expect(dependenciesOf('operations')).toEqual(others.sort());
  });
});

/** Returns the stacks that a stack depends on. */
function dependenciesOf(name: string): readonly string[] {
  const app = new App({ analyticsReporting: false, context: cdkContext() });
  createStockbook(app);
  app.synth();
  const stack = app.node.findChild(`stockbook-dev-${name}`) as Stack;
  return stack.dependencies.map(({ stackName }) => stackName.replace('stockbook-dev-', '')).sort();
}

test('a topic rejects requests without TLS', () => {
  const denied = resourcesOfType(dev, 'AWS::SNS::TopicPolicy').map((policy) =>
    statementsOf(policy).filter(
      ({ Effect, Condition }) =>
        Effect === 'Deny' && /SecureTransport/.test(JSON.stringify(Condition)),
    ),
  );

  expect(denied.map((statements) => statements.length)).toEqual([1]);
});
