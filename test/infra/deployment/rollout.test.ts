import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { alarmStateAfter, metricsOfAlarm, readAlarm } from '../../support/infra/alarm.ts';
import { synthesizeTemplates } from '../../support/infra/synthesize-templates.ts';
import {
  findResource,
  type Resource,
  resourcesOf,
  resourcesOfType,
} from '../../support/infra/templates.ts';

let dev: readonly Resource[];
let canary: readonly Resource[];

beforeAll(() => {
  dev = resourcesOf(synthesizeTemplates());
  canary = resourcesOf(synthesizeTemplates({ rollout: 'canary' }));
});

const CODE_DEPLOY_TYPES = ['AWS::CodeDeploy::Application', 'AWS::CodeDeploy::DeploymentGroup'];
/** Resources that invoke a function, and the property that names it. */
const INVOKERS = [
  ['AWS::ApiGatewayV2::Integration', 'IntegrationUri'],
  ['AWS::Lambda::EventSourceMapping', 'FunctionName'],
  ['AWS::Scheduler::Schedule', 'Target'],
] as const;
const namesOf = (resources: readonly Resource[], type: string) =>
  resourcesOfType(resources, type)
    .map(({ name }) => name)
    .sort();

test('by default a new version replaces the old one immediately, without CodeDeploy or rollout alarms', () => {
  expect(dev.filter(({ type }) => CODE_DEPLOY_TYPES.includes(type))).toEqual([]);
  expect(dev.filter(({ name }) => /RolloutFails$/.test(name))).toEqual([]);
});

describe.each([
  ['immediately', () => dev],
  ['as a canary', () => canary],
] as const)('a function that is deployed %s', (_rollout, resources) => {
  test('has the alias `live`, which points to its newest version', () => {
    const functions = namesOf(resources(), 'AWS::Lambda::Function');
    const aliases = resourcesOfType(resources(), 'AWS::Lambda::Alias').map(
      ({ name, properties }) => [
        name,
        properties.Name,
        properties.FunctionName,
        properties.FunctionVersion,
      ],
    );

    expect(aliases.sort()).toEqual(
      functions
        .map((name) => [`${name}/Live`, 'live', name, `${name}/CurrentVersion.Version`])
        .sort(),
    );
  });

  test.each(INVOKERS)('is invoked by each %s through its alias', (type, property) => {
    const invoked = resourcesOfType(resources(), type).map(({ properties }) =>
      JSON.stringify(properties[property]),
    );

    expect(invoked.length).toBeGreaterThan(0);
    expect(invoked.filter((name) => !/\/Live(\[6\]:live)?"/.test(name))).toEqual([]);
  });

  test('is invoked by each step of a saga through its alias', () => {
    const steps = resourcesOfType(resources(), 'AWS::StepFunctions::StateMachine').flatMap(
      ({ properties }) => [
        ...JSON.stringify(properties.DefinitionString).matchAll(/FunctionName\W+([^"\\]+)/g),
      ],
    );

    expect(steps.length).toBeGreaterThanOrEqual(10);
    expect(steps.map(([, name = '']) => name).filter((name) => !name.endsWith('/Live'))).toEqual(
      [],
    );
  });
});

describe('a canary', () => {
  test('exists for every function', () => {
    expect(namesOf(canary, 'AWS::CodeDeploy::DeploymentGroup')).toEqual(
      namesOf(canary, 'AWS::Lambda::Function')
        .map((name) => `${name}/Rollout`)
        .sort(),
    );
  });

  test('is rolled back by an alarm of its new version, which names a runbook page', () => {
    const alarms = resourcesOfType(canary, 'AWS::CloudWatch::Alarm').filter(({ name }) =>
      /RolloutFails$/.test(name),
    );
    const groups = resourcesOfType(canary, 'AWS::CodeDeploy::DeploymentGroup');

    expect(existsSync('docs/runbook/bad-deployment.md')).toBe(true);
    expect(groups).toHaveLength(alarms.length);
    for (const { name, properties } of groups) {
      const of = name.replace(/\/Rollout$/, '');
      const alarm = alarms.find((found) => found.name === `${of}/RolloutFails`);
      expect(properties).toMatchObject({
        AlarmConfiguration: { Enabled: true, Alarms: [{ Name: `${of}/RolloutFails` }] },
        AutoRollbackConfiguration: {
          Enabled: true,
          Events: expect.arrayContaining(['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM']),
        },
        DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
      });
      expect(alarm?.properties.AlarmDescription).toContain('docs/runbook/bad-deployment.md');
      expect(JSON.stringify(alarm?.properties)).toContain('"ExecutedVersion"');
    }
  });

  test('is rolled back by three errors in a minute, and a saga step by half of its invocations', () => {
    const steps = resourcesOfType(canary, 'AWS::CloudWatch::Alarm')
      .filter(({ name }) => name.endsWith('/RolloutFails'))
      .map((alarm) => ({ name: alarm.name, metrics: metricsOfAlarm(readAlarm(alarm)) }))
      .filter(({ metrics }) => Object.keys(metrics).length > 1);

    expect(steps.map(({ name }) => name.split('/')[1]).sort()).toEqual([
      'AuthorizePayment',
      'BeginCancellation',
      'CapturePayment',
      'ConcludeCancellation',
      'ConfirmOrder',
      'FlagOrderForAttention',
      'RejectPayment',
      'ReleaseStock',
      'ReversePayment',
    ]);
  });

  const step = (errors: number, invocations: number) => [{ errors, invocations }];
  const other = (errors: number) => [{ value: errors }];
  test.each([
    ['payments/CapturePayment', step(2, 2), 'OK'],
    ['payments/CapturePayment', step(3, 7), 'OK'],
    ['payments/CapturePayment', step(3, 6), 'ALARM'],
    ['orders/PlaceOrder', other(2), 'OK'],
    ['orders/PlaceOrder', other(3), 'ALARM'],
  ])('of %s with %o is %s', (name, periods, state) => {
    expect(alarmStateAfter(readAlarm(findResource(canary, `${name}/RolloutFails`)), periods)).toBe(
      state,
    );
  });
});

test('a linear rollout shifts traffic in equal steps', () => {
  const groups = resourcesOfType(
    resourcesOf(synthesizeTemplates({ rollout: 'linear' })),
    'AWS::CodeDeploy::DeploymentGroup',
  );

  expect(new Set(groups.map(({ properties }) => properties.DeploymentConfigName))).toEqual(
    new Set(['CodeDeployDefault.LambdaLinear10PercentEvery1Minute']),
  );
});
