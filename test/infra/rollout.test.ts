import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { synthesized } from '../support/synth.ts';
import { ofType, type Resource, resourcesOf } from '../support/templates.ts';

let dev: readonly Resource[];
let canary: readonly Resource[];

beforeAll(() => {
  dev = resourcesOf(synthesized());
  canary = resourcesOf(synthesized({ rollout: 'canary' }));
});

const GRADUAL = [
  'AWS::Lambda::Alias',
  'AWS::Lambda::Version',
  'AWS::CodeDeploy::Application',
  'AWS::CodeDeploy::DeploymentGroup',
];
/** What a function is invoked by, and where that says which. */
const INVOKERS = [
  ['AWS::ApiGatewayV2::Integration', 'IntegrationUri'],
  ['AWS::Lambda::EventSourceMapping', 'FunctionName'],
  ['AWS::Scheduler::Schedule', 'Target'],
] as const;

test('by default a new version comes all at once, and costs nothing more', () => {
  expect(dev.filter(({ type }) => GRADUAL.includes(type))).toEqual([]);
});

describe('a canary', () => {
  test('is of every function', () => {
    const functions = ofType(canary, 'AWS::Lambda::Function').map(({ name }) => name);

    for (const [type, child] of [
      ['AWS::Lambda::Alias', 'Live'],
      ['AWS::CodeDeploy::DeploymentGroup', 'Rollout'],
    ] as const)
      expect(
        ofType(canary, type)
          .map(({ name }) => name)
          .sort(),
      ).toEqual(functions.map((name) => `${name}/${child}`).sort());
  });

  test.each(INVOKERS)('is what each %s invokes', (type, property) => {
    const invoked = ofType(canary, type).map(({ properties }) => JSON.stringify(properties[property]));

    expect(invoked.length).toBeGreaterThan(0);
    expect(invoked.filter((name) => !/\/Live"|:live"/.test(name))).toEqual([]);
  });

  test('is what each step of a saga invokes', () => {
    const steps = ofType(canary, 'AWS::StepFunctions::StateMachine').flatMap(({ properties }) => [
      ...JSON.stringify(properties.DefinitionString).matchAll(/FunctionName\W+([^"\\]+)/g),
    ]);

    expect(steps.length).toBeGreaterThanOrEqual(10);
    expect(steps.map(([, name = '']) => name).filter((name) => !name.endsWith('/Live'))).toEqual([]);
  });

  test('is turned back by an alarm of its own new version, which names a page', () => {
    const alarms = ofType(canary, 'AWS::CloudWatch::Alarm').filter(({ name }) => /RolloutFails$/.test(name));
    const groups = ofType(canary, 'AWS::CodeDeploy::DeploymentGroup');

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
      expect(JSON.stringify(alarm?.properties.Metrics)).toContain('"ExecutedVersion"');
    }
  });
});

test('linear is the other pace', () => {
  const groups = ofType(resourcesOf(synthesized({ rollout: 'linear' })), 'AWS::CodeDeploy::DeploymentGroup');

  expect(new Set(groups.map(({ properties }) => properties.DeploymentConfigName))).toEqual(
    new Set(['CodeDeployDefault.LambdaLinear10PercentEvery1Minute']),
  );
});
