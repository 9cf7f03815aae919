import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CostItem, idleCost, totalOf } from '../../../bench/budgets/idle-cost/idle-cost.ts';
import {
  idleCostByStage,
  renderIdleCostTable,
} from '../../../bench/budgets/idle-cost/idle-cost-table.ts';
import {
  PRICED_STAGES,
  synthesizeResources,
} from '../../../bench/budgets/idle-cost/priced-stages.ts';
import { insertTable, PERFORMANCE_PAGE } from '../../../bench/budgets/performance-page.ts';

let costs: ReadonlyMap<string, readonly CostItem[]>;

beforeAll(() => {
  costs = idleCostByStage();
});

const stagesWithLimit = PRICED_STAGES.flatMap(({ name, usdMax }) =>
  usdMax === undefined ? [] : [{ name, usdMax }],
);

describe('an idle stage', () => {
  test.each(stagesWithLimit)('$name costs at most $usdMax USD a month', ({ name, usdMax }) => {
    expect(totalOf(costs.get(name) ?? [])).toBeGreaterThan(1);
    expect(totalOf(costs.get(name) ?? [])).toBeLessThanOrEqual(usdMax);
  });

  test('costs what docs/PERFORMANCE.md states (npm run budgets -- idle-cost --save)', () => {
    const page = readFileSync(PERFORMANCE_PAGE, 'utf8');

    expect(insertTable('idle-cost', renderIdleCostTable(costs), page)).toBe(page);
  });

  test('with 30 more alarms exceeds its limit', () => {
    const alarm = { type: 'AWS::CloudWatch::Alarm', properties: {} };

    for (const { name, usdMax } of stagesWithLimit) {
      const more = totalOf(idleCost(Array.from({ length: 30 }, () => alarm)));
      expect(totalOf(costs.get(name) ?? []) + more).toBeGreaterThan(usdMax);
    }
  });
});

test('a stage with a limit has no monthly billed resource without a price', () => {
  const priced = [
    'AWS::CloudWatch::Alarm',
    'AWS::CloudWatch::Dashboard',
    'AWS::Lambda::EventSourceMapping',
    'AWS::Scheduler::Schedule',
    'AWS::SQS::Queue',
    'AWS::Cognito::UserPoolClient',
  ];
  /** Resource types that are billed by requests or storage, or not at all. */
  const free = [
    /^AWS::ApiGatewayV2::/,
    /^AWS::CloudFormation::CustomResource$/,
    /^AWS::Cognito::UserPool(Domain|ResourceServer)?$/,
    /^AWS::DynamoDB::GlobalTable$/,
    /^AWS::Events::/,
    /^AWS::IAM::/,
    /^AWS::Lambda::(Alias|Function|Permission|Version|EventInvokeConfig)$/,
    /^AWS::Logs::/,
    /^AWS::SNS::/,
    /^AWS::SQS::QueuePolicy$/,
    /^AWS::StepFunctions::StateMachine$/,
    /^Custom::/,
  ];
  const types = PRICED_STAGES.filter(({ usdMax }) => usdMax !== undefined)
    .flatMap(synthesizeResources)
    .map(({ type }) => type);

  expect(
    [...new Set(types)].filter(
      (type) => !priced.includes(type) && !free.some((kind) => kind.test(type)),
    ),
  ).toEqual([]);
});
