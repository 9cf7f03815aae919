import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AttributeType, StreamViewType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { FUNCTIONS, missingEntries } from '../../support/expected-app/expected-app.ts';
import { type Grants, LOGS, TRACES } from '../../support/expected-app/expected-context.ts';
import { BOOK } from '../../support/expected-app/inventory.ts';
import { synthesizeTemplates } from '../../support/infra/synthesize-templates.ts';
import {
  canTarget,
  findResource,
  type Permission,
  permissionsOf,
  type Resource,
  readProperties,
  resourcesOf,
  resourcesOfType,
} from '../../support/infra/templates.ts';

const COMPENSATION_STEPS = [
  'orders/ConcludeCancellation',
  'orders/FlagOrderForAttention',
  'orders/ReleaseStock',
];
/** Functions that each saga calls. */
const SAGAS: Readonly<Record<string, readonly string[]>> = {
  'orders/Saga/ProcessOrder': [
    ...COMPENSATION_STEPS,
    'orders/BeginCancellation',
    'orders/ConfirmOrder',
    'orders/RejectPayment',
    'payments/AuthorizePayment',
    'payments/CapturePayment',
    'payments/ReversePayment',
  ],
  'orders/Saga/CancelOrder': [...COMPENSATION_STEPS, 'payments/ReversePayment'],
};

/** https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy */
const LOG_DELIVERY =
  'logs:CreateLogDelivery logs:DeleteLogDelivery logs:DescribeLogGroups logs:DescribeResourcePolicies logs:GetLogDelivery logs:ListLogDeliveries logs:PutResourcePolicy logs:UpdateLogDelivery';

const SERVICES: Readonly<Record<string, string>> = {
  'AWS::Lambda::Function': 'lambda.amazonaws.com',
  'AWS::StepFunctions::StateMachine': 'states.amazonaws.com',
  'AWS::Scheduler::Schedule': 'scheduler.amazonaws.com',
};

const WithRole = z.object({ Role: z.optional(z.string()), RoleArn: z.optional(z.string()) });
const RoleProperties = z.object({
  AssumeRolePolicyDocument: z.object({
    Statement: z.array(
      z.looseObject({
        Action: z.string(),
        Effect: z.string(),
        Principal: z.record(z.string(), z.string()),
      }),
    ),
  }),
  ManagedPolicyArns: z.optional(z.array(z.string())),
  PermissionsBoundary: z.optional(z.undefined()),
});

let resources: readonly Resource[];
let permissions: readonly Permission[];

beforeAll(() => {
  resources = resourcesOf(synthesizeTemplates());
  permissions = permissionsOf(resources);
});

const roleOf = (holder: Resource): Resource => {
  const { Role: role, RoleArn } = readProperties(WithRole, holder);
  return findResource(resources, role ?? RoleArn ?? '');
};

/**
 * Returns the sorted actions that a role may perform, by resource. Omits the `.Arn` of a whole
 * resource.
 */
function grantsOf(role: string): Grants {
  const actions = new Map<string, Set<string>>();
  for (const { statement } of permissions.filter((permission) => permission.role === role)) {
    expect(statement).toEqual({
      Effect: 'Allow',
      Action: statement.Action,
      Resource: statement.Resource,
    });
    for (const resource of statement.Resource.map((arn) => arn.replace(/\.Arn$/, ''))) {
      actions.set(resource, new Set([...(actions.get(resource) ?? []), ...statement.Action]));
    }
  }
  return Object.fromEntries(
    [...actions].map(([resource, names]) => [resource, [...names].sort().join(' ')]),
  );
}

describe('a function', () => {
  test('is listed in test/support/expected-app and created by a stack', () => {
    const names = resourcesOfType(resources, 'AWS::Lambda::Function').map(({ name }) => name);

    expect(missingEntries('functions', names, Object.keys(FUNCTIONS))).toEqual([]);
  });

  test('may perform exactly the listed actions', () => {
    const functions = resourcesOfType(resources, 'AWS::Lambda::Function');

    const grants = Object.fromEntries(
      functions.map((handler) => [handler.name, grantsOf(roleOf(handler).name)]),
    );

    const own = (name: string): Grants => ({ [`${name}Logs`]: LOGS, '*': TRACES });
    expect(grants).toEqual(
      Object.fromEntries(
        Object.entries(FUNCTIONS).map(([name, granted]) => [name, { ...granted, ...own(name) }]),
      ),
    );
  });

  test('has no managed policy of AWS', () => {
    const managed = resourcesOfType(resources, 'AWS::Lambda::Function').flatMap(
      (handler) => readProperties(RoleProperties, roleOf(handler)).ManagedPolicyArns ?? [],
    );

    expect(managed).toEqual([]);
  });
});

describe('a saga', () => {
  test('may call only the functions of its steps', () => {
    const grants = Object.fromEntries(
      resourcesOfType(resources, 'AWS::StepFunctions::StateMachine').map((saga) => [
        saga.name,
        grantsOf(roleOf(saga).name),
      ]),
    );

    const invoking = (functions: readonly string[]): Grants =>
      Object.fromEntries(functions.map((name) => [`${name}/Live`, 'lambda:InvokeFunction']));
    const watched: Grants = {
      '*': `${LOG_DELIVERY} xray:GetSamplingRules xray:GetSamplingTargets xray:PutTelemetryRecords xray:PutTraceSegments`,
    };
    expect(grants).toEqual(
      Object.fromEntries(
        Object.entries(SAGAS).map(([saga, functions]) => [
          saga,
          { ...invoking(functions), ...watched },
        ]),
      ),
    );
  });

  test('has no managed policy of AWS', () => {
    const managed = resourcesOfType(resources, 'AWS::StepFunctions::StateMachine').flatMap(
      (saga) => readProperties(RoleProperties, roleOf(saga)).ManagedPolicyArns ?? [],
    );

    expect(managed).toEqual([]);
  });
});

describe('a role', () => {
  test('belongs to one function or saga, and only its service may assume it', () => {
    const holders = [
      ...resourcesOfType(resources, 'AWS::Lambda::Function'),
      ...resourcesOfType(resources, 'AWS::StepFunctions::StateMachine'),
      ...resourcesOfType(resources, 'AWS::Scheduler::Schedule').map(
        ({ properties, ...schedule }) => ({
          ...schedule,
          properties: z.looseObject({ Target: z.looseObject({}) }).parse(properties).Target,
        }),
      ),
    ];
    const trusted = resourcesOfType(resources, 'AWS::IAM::Role').map((role) => [
      role.name,
      readProperties(RoleProperties, role).AssumeRolePolicyDocument.Statement.map(
        ({ Principal }) => Principal,
      ),
    ]);

    expect(Object.fromEntries(trusted)).toEqual(
      Object.fromEntries(
        holders.map((holder) => [roleOf(holder).name, [{ Service: SERVICES[holder.type] }]]),
      ),
    );
    expect(trusted).toHaveLength(holders.length);
  });

  test('of a schedule can be assumed only by schedules of this account', () => {
    const conditions = resourcesOfType(resources, 'AWS::Scheduler::Schedule').flatMap(
      ({ properties }) => {
        const { RoleArn } = z.looseObject({ RoleArn: z.string() }).parse(properties.Target);
        return readProperties(
          RoleProperties,
          findResource(resources, RoleArn),
        ).AssumeRolePolicyDocument.Statement.map(({ Condition }) => Condition);
      },
    );

    expect(conditions.length).toBeGreaterThan(0);
    for (const condition of conditions)
      expect(condition).toEqual({ StringEquals: { 'aws:SourceAccount': '<AccountId>' } });
  });

  test('has no `*` in an action or as a resource, except for traces and log delivery, which require it', () => {
    expect(permissions.length).toBeGreaterThan(40);
    expect(
      permissions
        .flatMap(({ statement }) => statement.Action)
        .filter((action) => /\*/.test(action)),
    ).toEqual([]);
    const wide = permissions
      .filter(({ statement }) => !statement.Action.every((action) => /^(xray|logs):/.test(action)))
      .flatMap(({ statement }) => statement.Resource)
      .filter((arn) => arn.includes('*'));
    // Ids in a path of the API (of reservations: those of orders), executions of one saga, and
    // route settings of one stage.
    const narrow =
      /\/(reservations\/ord_\*|(repairs\/reservations|orders|payments)\/\*)(\/(extension|action))?$|\/stages\/\$default\/routesettings\/\*$|:execution:orders\/Saga\/\w+\.Name:\*$/;
    expect(wide.filter((arn) => !narrow.test(arn))).toEqual([]);
  });
});

describe('the inventory table', () => {
  const outsiders = (all: readonly Resource[]): readonly string[] =>
    permissionsOf(all)
      .filter(({ statement }) => canTarget(statement, BOOK, 'dynamodb'))
      .map(({ role }) => role)
      .filter((role) => findResource(all, role).stack !== 'inventory');

  test('is not accessible to any role outside its stack', () => {
    expect(outsiders(resources)).toEqual([]);
  });

  test('is written by roles of its stack', () => {
    const writers = permissions.filter(
      ({ statement }) =>
        canTarget(statement, BOOK, 'dynamodb') && statement.Action.includes('dynamodb:UpdateItem'),
    );

    expect(writers.length).toBeGreaterThan(5);
  });

  test('is not referenced by any other stack, by name, ARN or stream', () => {
    // Reading its metrics gives no access to it.
    const others = resources.filter(
      ({ stack, type }) => stack !== 'inventory' && !type.startsWith('AWS::CloudWatch::'),
    );

    expect(others.filter(({ properties }) => JSON.stringify(properties).includes(BOOK))).toEqual(
      [],
    );
  });

  test('has a resource policy that only denies, and a generated name', () => {
    const { properties } = findResource(resources, BOOK);

    expect(JSON.stringify(properties)).not.toContain('"Effect":"Allow"');
    expect(properties).not.toHaveProperty('TableName');
  });

  describe('detects a planted intruder:', () => {
    const planted = (resourcesFor: (table: TableV2) => readonly string[]): readonly Resource[] => {
      const app = new App({ context: { 'aws:cdk:enable-path-metadata': true } });
      const inventory = new Stack(app, 'inventory');
      const orders = new Stack(app, 'orders');
      const table = new TableV2(inventory, 'Book', {
        partitionKey: { name: 'pk', type: AttributeType.STRING },
        dynamoStream: StreamViewType.KEYS_ONLY,
      });
      const intruder = new Role(orders, 'Intruder', {
        assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      });
      intruder.addToPolicy(
        new PolicyStatement({ actions: ['dynamodb:PutItem'], resources: [...resourcesFor(table)] }),
      );
      return resourcesOf({
        inventory: Template.fromStack(inventory),
        orders: Template.fromStack(orders),
      });
    };

    test.each<[string, (table: TableV2) => readonly string[]]>([
      ['by its ARN', (table) => [table.tableArn]],
      ['by an index', (table) => [`${table.tableArn}/index/skus`]],
      ['by its stream', (table) => [table.tableStreamArn ?? '']],
      ['by its name', (table) => [`arn:aws:dynamodb:*:*:table/${table.tableName}`]],
      ['by any name', () => ['arn:aws:dynamodb:eu-west-1:111111111111:table/stockbook-*']],
      ['by everything', () => ['*']],
    ])('%s', (_case, resourcesFor) => {
      expect(outsiders(planted(resourcesFor))).toEqual(['orders/Intruder']);
    });

    test('ignores access to another resource', () => {
      expect(outsiders(planted(() => ['arn:aws:sqs:eu-west-1:111111111111:queue']))).toEqual([]);
    });
  });
});
