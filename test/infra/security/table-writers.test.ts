import { App } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { createStockbook } from '../../../lib/stockbook.ts';
import { cdkContext, synthesizeTemplates } from '../../support/infra/synthesize-templates.ts';
import {
  findResource,
  permissionsOf,
  type Resource,
  readProperties,
  resourcesOf,
  resourcesOfType,
} from '../../support/infra/templates.ts';

const Statement = z.strictObject({
  Sid: z.string(),
  Effect: z.literal('Deny'),
  Principal: z.strictObject({ AWS: z.literal('*') }),
  Action: z.array(z.string()),
  Resource: z.literal('*'),
  Condition: z.strictObject({
    ArnNotEquals: z.strictObject({ 'aws:PrincipalArn': z.array(z.string()) }),
  }),
});
const Table = z.object({
  Replicas: z.tuple([
    z.object({
      ResourcePolicy: z.object({ PolicyDocument: z.object({ Statement: z.tuple([Statement]) }) }),
    }),
  ]),
});
const WRITE_ACTIONS = [
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:BatchWriteItem',
  'dynamodb:PartiQLInsert',
  'dynamodb:PartiQLUpdate',
  'dynamodb:PartiQLDelete',
];
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
const POLICY_BYTES_MAX = 20 * 1024;
/** A length above that of any role ARN. */
const ARN_BYTES_MAX = 128;

const resources = resourcesOf(synthesizeTemplates());
const tables = resourcesOfType(resources, 'AWS::DynamoDB::GlobalTable');
const denialOf = (table: Resource) =>
  readProperties(Table, table).Replicas[0].ResourcePolicy.PolicyDocument.Statement[0];
const exceptedRolesOf = (table: Resource) =>
  denialOf(table).Condition.ArnNotEquals['aws:PrincipalArn'];
const BREAK_GLASS = 'arn:<Partition>:iam::<AccountId>:role/stockbook-dev-break-glass';

describe.each(tables.map((table) => [table.name, table] as const))(
  'the table %s',
  (name, table) => {
    test('denies item writes to every principal that is not named', () => {
      expect([...denialOf(table).Action].sort()).toEqual([...WRITE_ACTIONS].sort());
    });

    test('excepts the roles that are granted writes, and the break-glass role', () => {
      const writers = permissionsOf(resources)
        .filter(
          ({ statement: { Action, Resource: arns } }) =>
            arns.includes(`${name}.Arn`) && Action.some((action) => WRITE_ACTIONS.includes(action)),
        )
        .map(({ role }) => `${role}.Arn`);

      expect(writers.length).toBeGreaterThan(0);
      expect([...exceptedRolesOf(table)].sort()).toEqual([...new Set(writers), BREAK_GLASS].sort());
    });

    test('excepts roles of its own stack only', () => {
      const roles = exceptedRolesOf(table).filter((arn) => arn !== BREAK_GLASS);

      expect(new Set(roles.map((role) => findResource(resources, role).stack))).toEqual(
        new Set([table.stack]),
      );
    });

    test('denies no management, policy or backup action, so CloudFormation is not locked out', () => {
      const managing =
        /:(Update|Delete|Tag|Untag)(Table|Resource|TimeToLive|Continuous)|ResourcePolicy|Restore|Backup/;

      expect(
        denialOf(table).Action.filter((action) => managing.test(action) || action.includes('*')),
      ).toEqual([]);
    });

    test('has a policy within the 20 KB limit of DynamoDB', () => {
      const names = exceptedRolesOf(table).length * ARN_BYTES_MAX;

      expect(JSON.stringify(denialOf(table)).length + names).toBeLessThan(POLICY_BYTES_MAX);
    });
  },
);

test('every table has such a policy', () => {
  expect(tables.map(({ name }) => name).sort()).toEqual([
    'inventory/Book',
    'orders/Orders',
    'payments/Payments',
    'payments/Provider',
    'reconciliation/Reconciliation',
  ]);
});

test('the break-glass role is the configured one', () => {
  const named = resourcesOf(synthesizeTemplates({ breakGlassRole: 'operations/rescue' }));
  const [table] = resourcesOfType(named, 'AWS::DynamoDB::GlobalTable');

  expect(table === undefined ? [] : exceptedRolesOf(table)).toContain(
    'arn:<Partition>:iam::<AccountId>:role/operations/rescue',
  );
});

describe('alarms without a subscriber', () => {
  const PROD = { stage: 'prod', paymentProvider: 'sandbox' };
  const warningsOf = (context: Readonly<Record<string, string>>) => {
    const app = new App({ analyticsReporting: false, context: cdkContext(context) });
    createStockbook(app);
    const shared = app.node.findChild(`stockbook-${context.stage}-shared`);
    return Annotations.fromStack(shared as Parameters<typeof Annotations.fromStack>[0]).findWarning(
      '*',
      Match.stringLikeRegexp('Set alarmEmail'),
    );
  };

  test.each([
    ['a protected stage without alarmEmail', { ...PROD }, 1],
    ['a protected stage with it', { ...PROD, alarmEmail: 'alarms@shop.example' }, 0],
    ['an unprotected stage', { stage: 'trial', removalPolicy: 'destroy' }, 0],
    [
      'a stage that is protected by its configuration',
      { stage: 'dev', removalPolicy: 'retain', paymentProvider: 'sandbox' },
      1,
    ],
  ])('cause a warning of the synthesis: %s', (_case, context, warnings) => {
    expect(warningsOf(context)).toHaveLength(warnings);
  });

  test('are named in the outputs', () => {
    const outputOf = (context: Readonly<Record<string, string>>) =>
      Object.values(synthesizeTemplates(context).shared.findOutputs('AlarmEmail')).map(
        ({ Value }) => String(Value),
      );

    expect(outputOf({})).toEqual(['none: alarms send no e-mail']);
    expect(outputOf({ alarmEmail: 'alarms@shop.example' })).toEqual(['alarms@shop.example']);
  });
});
