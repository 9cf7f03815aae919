import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AttributeType, StreamViewType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
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

const BOOK = 'inventory/Book';

/** Actions of a function by resource. */
type Grants = Readonly<Record<string, string>>;

const READ = 'dynamodb:GetItem';
const SAVE = 'dynamodb:GetItem dynamodb:PutItem';
const CHANGE_BOOK = { [BOOK]: 'dynamodb:BatchGetItem dynamodb:PutItem dynamodb:UpdateItem' };
const READ_BOOK = { [BOOK]: 'dynamodb:BatchGetItem' };
const SAVE_ORDER = { 'orders/Orders': SAVE };
const CLAIM = { 'orders/Orders': `dynamodb:BatchGetItem ${SAVE} dynamodb:UpdateItem` };
const PAYMENTS = 'payments/Payments';
const PROVIDER = 'payments/Provider';
const FROM_QUEUE =
  'sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ReceiveMessage';
const FROM_STREAM =
  'dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams';
const TO_DLQ = 'sqs:GetQueueAttributes sqs:GetQueueUrl sqs:SendMessage';
const LOGS = 'logs:CreateLogStream logs:PutLogEvents';
const TRACES = 'xray:PutTelemetryRecords xray:PutTraceSegments';
const SEND_TASK_RESULT = 'states:SendTaskFailure states:SendTaskSuccess';
const publisherGrants = (table: string): Grants => ({
  'shared/Bus': 'events:PutEvents',
  [table]: 'dynamodb:GetItem',
  [`${table}.StreamArn`]: FROM_STREAM,
  [`${table.split('/')[0]}/EventPublishing/Failed`]: TO_DLQ,
});
const routeGrant = (route: string): Grants => ({
  [`arn:<Partition>:execute-api:<Region>:<AccountId>:shared/Http/Api/$default/${route}`]:
    'execute-api:Invoke',
});
const RESERVE = routeGrant('PUT/reservations/*');
const EXTEND = routeGrant('POST/reservations/*/extension');
const RELEASE = routeGrant('DELETE/reservations/*');

const STAGE = 'arn:<Partition>:apigateway:<Region>::/apis/shared/Http/Api/stages/$default';

const AUDIT_BOOK = { [BOOK]: 'dynamodb:BatchGetItem dynamodb:Query' };
const executionsOf = (saga: string): Grants => ({
  [`arn:<Partition>:states:<Region>:<AccountId>:execution:orders/Saga/${saga}.Name:*`]:
    'states:DescribeExecution',
});
const WATCH_SAGAS = { ...executionsOf('ProcessOrder'), ...executionsOf('CancelOrder') };
const RECONCILIATION = 'reconciliation/Reconciliation';
const LISTS = { [`${RECONCILIATION}.Arn/index/lists`]: 'dynamodb:Query' };
const SEND_WORK = { 'reconciliation/Work/Queue': 'sqs:SendMessage' };
const START_RUN = {
  [RECONCILIATION]: 'dynamodb:GetItem dynamodb:PutItem dynamodb:Query',
  ...SEND_WORK,
};
const REPAIR = {
  ...routeGrant('GET/audit/counts'),
  ...routeGrant('GET/audit/orders'),
  ...routeGrant('POST/repairs/cells'),
  ...routeGrant('POST/repairs/counts'),
  ...routeGrant('POST/repairs/orders/*'),
  ...routeGrant('POST/repairs/payments/*'),
  ...routeGrant('POST/repairs/reservations/*'),
};
const DEAD_LETTER_QUEUES = [
  'inventory/StockLevels/Failed',
  'inventory/OrderConfirmed/Failed',
  'inventory/OrderConfirmed/Undelivered',
  'inventory/OrderFulfilled/Failed',
  'inventory/OrderFulfilled/Undelivered',
  'inventory/StockToRebalance/Failed',
  'inventory/StockToRebalance/Undelivered',
  'inventory/EventPublishing/Failed',
  'orders/PaymentCaptured/Failed',
  'orders/PaymentCaptured/Undelivered',
  'orders/PaymentEvents/Failed',
  'orders/PaymentEvents/Undelivered',
  'orders/EventPublishing/Failed',
  'orders/StockOutcome/Failed',
  'orders/StockOutcome/Undelivered',
  'payments/EventPublishing/Failed',
  'reconciliation/DeadLetters/CountSchedule/Undelivered',
  'reconciliation/DriftAlarms/Undelivered',
  'reconciliation/WatchSchedule/Undelivered',
  'reconciliation/Schedule/Undelivered',
  'reconciliation/EventPublishing/Failed',
  'reconciliation/Work/Failed',
  'shared/BusFailed',
];

const onDeadLetters = (actions: string): Grants =>
  Object.fromEntries(DEAD_LETTER_QUEUES.map((queue) => [queue, actions]));
const RECEIVE_DEAD_LETTERS = 'sqs:ChangeMessageVisibility sqs:ReceiveMessage';
const REMOVE_DEAD_LETTERS = 'sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:ReceiveMessage';
const AUDIT_ORDERS = {
  ...routeGrant('GET/audit/orders'),
  ...routeGrant('GET/audit/reservations'),
};

/** Every function, and all that it may do beyond writing its log. */
const FUNCTIONS: Readonly<Record<string, Grants>> = {
  'shared/GetHealth': {},

  'inventory/PutStock': { [BOOK]: 'dynamodb:BatchGetItem dynamodb:PutItem' },
  'inventory/PatchStock': CHANGE_BOOK,
  'inventory/ReceiveStock': CHANGE_BOOK,
  'inventory/AdjustStock': CHANGE_BOOK,
  'inventory/GetStock': READ_BOOK,
  'inventory/ListStock': { ...READ_BOOK, [`${BOOK}.Arn/index/skus`]: 'dynamodb:Scan' },
  'inventory/ListMovements': { [BOOK]: 'dynamodb:BatchGetItem dynamodb:Query' },
  'inventory/ReserveStock': CHANGE_BOOK,
  'inventory/GetReservation': READ_BOOK,
  'inventory/ExtendReservation': CHANGE_BOOK,
  'inventory/ReleaseReservation': CHANGE_BOOK,
  'inventory/CommitReservation': { ...CHANGE_BOOK, 'inventory/OrderConfirmed/Queue': FROM_QUEUE },
  'inventory/ShipReservation': { ...CHANGE_BOOK, 'inventory/OrderFulfilled/Queue': FROM_QUEUE },
  'inventory/PublishEvents': publisherGrants(BOOK),
  'inventory/RebalanceStock': { ...CHANGE_BOOK, 'inventory/StockToRebalance/Queue': FROM_QUEUE },
  'inventory/WatchStockLevel': {
    ...CHANGE_BOOK,
    [BOOK]: 'dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem',
    [`${BOOK}.StreamArn`]: FROM_STREAM,
    'inventory/StockLevels/Failed': TO_DLQ,
  },

  'inventory/ExplainStock': AUDIT_BOOK,
  'inventory/AuditCells': {
    [BOOK]: 'dynamodb:BatchGetItem dynamodb:PutItem dynamodb:Query',
    [`${BOOK}.Arn/index/skus`]: 'dynamodb:Scan',
    [`${BOOK}.Arn/index/operations`]: 'dynamodb:Query',
  },
  'inventory/AuditReservations': READ_BOOK,
  'inventory/GetCountBasis': AUDIT_BOOK,
  'inventory/PostCount': CHANGE_BOOK,
  'inventory/RepairCell': CHANGE_BOOK,
  'inventory/RepairReservation': {
    [BOOK]: 'dynamodb:BatchGetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem',
  },

  'payments/AuditPayments': {
    [PAYMENTS]: 'dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:Scan',
    [PROVIDER]: 'dynamodb:GetItem dynamodb:PutItem dynamodb:Scan dynamodb:UpdateItem',
  },
  'payments/GetRequiredAction': { [PAYMENTS]: READ },
  'payments/RepairPayment': { [PAYMENTS]: SAVE, [PROVIDER]: `${SAVE} dynamodb:UpdateItem` },
  'payments/AuthorizePayment': { [PAYMENTS]: SAVE, [PROVIDER]: SAVE },
  'payments/CapturePayment': { [PAYMENTS]: SAVE, [PROVIDER]: `${READ} dynamodb:UpdateItem` },
  'payments/ReversePayment': { [PAYMENTS]: SAVE, [PROVIDER]: `${SAVE} dynamodb:UpdateItem` },
  // Another provider than Stripe: it returns 404.
  'payments/ReceiveStripeEvent': {},
  'payments/PublishEvents': publisherGrants('payments/Payments'),

  'orders/AuditOrders': { 'orders/Orders': 'dynamodb:BatchGetItem dynamodb:Scan', ...WATCH_SAGAS },
  'orders/RepairOrder': {
    ...SAVE_ORDER,
    ...WATCH_SAGAS,
    'orders/Saga/ProcessOrder': 'states:StartExecution',
    'orders/Saga/CancelOrder': 'states:StartExecution',
  },
  'orders/PutProduct': { 'orders/Orders': 'dynamodb:PutItem' },
  'orders/ListProducts': { 'orders/Orders.Arn/index/products': 'dynamodb:Scan' },
  'orders/ListStaffProducts': { 'orders/Orders.Arn/index/products': 'dynamodb:Scan' },
  'orders/PlaceOrder': {
    'orders/Orders': `dynamodb:BatchGetItem ${SAVE} dynamodb:UpdateItem`,
    ...RESERVE,
    ...EXTEND,
  },
  'orders/GetOrder': { 'orders/Orders': READ, ...routeGrant('GET/payments/*/action') },
  'orders/ListOrders': {
    'orders/Orders': 'dynamodb:BatchGetItem',
    'orders/Orders.Arn/index/customers': 'dynamodb:Query',
  },
  'orders/PayOrder': {
    'orders/Orders': `dynamodb:BatchGetItem ${SAVE} dynamodb:UpdateItem`,
    ...EXTEND,
    'orders/Saga/ProcessOrder': 'states:StartExecution',
  },
  'orders/CancelOrder': {
    'orders/Orders': `${SAVE} dynamodb:UpdateItem`,
    ...RELEASE,
    'orders/Saga/CancelOrder': 'states:StartExecution',
  },
  'orders/ListStaffOrders': {
    'orders/Orders': 'dynamodb:BatchGetItem',
    'orders/Orders.Arn/index/customers': 'dynamodb:Query',
    'orders/Orders.Arn/index/queues': 'dynamodb:Query',
  },
  'orders/GetStaffOrder': {
    'orders/Orders': READ,
    ...routeGrant('GET/reservations/*'),
    ...routeGrant('GET/audit/payments'),
  },
  'orders/CancelStaffOrder': {
    'orders/Orders': `${SAVE} dynamodb:UpdateItem`,
    ...RELEASE,
    'orders/Saga/CancelOrder': 'states:StartExecution',
  },
  'orders/FulfilOrder': SAVE_ORDER,
  'orders/ResumeOrder': { ...SAVE_ORDER, 'orders/Saga/CancelOrder': 'states:StartExecution' },
  'orders/EraseCustomer': {
    'orders/Orders': 'dynamodb:BatchGetItem dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem',
    'orders/Orders.Arn/index/customers': 'dynamodb:Query',
  },
  'orders/ConfirmOrder': { ...SAVE_ORDER, 'orders/Saga/ProcessOrder': SEND_TASK_RESULT },
  'orders/CompleteOrder': { ...SAVE_ORDER, 'orders/PaymentCaptured/Queue': FROM_QUEUE },
  'orders/RejectPayment': { ...CLAIM, ...EXTEND },
  'orders/RecordPaymentEvent': {
    ...CLAIM,
    ...EXTEND,
    'orders/PaymentEvents/Queue': FROM_QUEUE,
    'orders/Saga/ProcessOrder': 'states:StartExecution',
    'orders/Saga/CancelOrder': 'states:StartExecution',
  },
  'orders/BeginCancellation': SAVE_ORDER,
  'orders/ReleaseStock': RELEASE,
  'orders/ConcludeCancellation': SAVE_ORDER,
  'orders/FlagOrderForAttention': SAVE_ORDER,
  'orders/RecordStockOutcome': {
    ...SAVE_ORDER,
    'orders/Saga/ProcessOrder': SEND_TASK_RESULT,
    'orders/StockOutcome/Queue': FROM_QUEUE,
  },
  'orders/PublishEvents': publisherGrants('orders/Orders'),

  'reconciliation/StartReconciliation': START_RUN,
  'reconciliation/StartScheduledReconciliation': {
    ...START_RUN,
    'reconciliation/Schedule/Undelivered': 'sqs:SendMessage',
  },
  'reconciliation/GetFinding': { [RECONCILIATION]: 'dynamodb:GetItem' },
  'reconciliation/GetReconciliation': { [RECONCILIATION]: 'dynamodb:GetItem dynamodb:Query' },
  'reconciliation/ListReconciliations': {
    [RECONCILIATION]: 'dynamodb:BatchGetItem dynamodb:Query',
    ...LISTS,
  },
  'reconciliation/ListFindings': { [RECONCILIATION]: 'dynamodb:BatchGetItem', ...LISTS },
  'reconciliation/ApproveFinding': { [RECONCILIATION]: SAVE, ...REPAIR, ...SEND_WORK },
  'reconciliation/DismissFinding': { [RECONCILIATION]: SAVE },
  'reconciliation/CountStock': {
    [RECONCILIATION]: SAVE,
    ...routeGrant('GET/audit/counts'),
    ...routeGrant('POST/repairs/counts'),
  },
  'reconciliation/WatchRuns': {
    [RECONCILIATION]: 'dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query',
    ...LISTS,
    ...SEND_WORK,
    'reconciliation/WatchSchedule/Undelivered': 'sqs:SendMessage',
  },
  'reconciliation/WatchDeadLetters': {
    ...onDeadLetters('sqs:GetQueueAttributes'),
    'reconciliation/DeadLetters/CountSchedule/Undelivered':
      'sqs:GetQueueAttributes sqs:SendMessage',
  },
  'reconciliation/ProcessWork': {
    [RECONCILIATION]:
      'dynamodb:BatchGetItem dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:Scan dynamodb:UpdateItem',
    ...LISTS,
    ...REPAIR,
    ...routeGrant('GET/audit/cells'),
    ...routeGrant('GET/audit/payments'),
    ...routeGrant('GET/audit/reservations'),
    'reconciliation/Work/Queue': `${FROM_QUEUE} sqs:SendMessage`,
    ...onDeadLetters('sqs:GetQueueAttributes'),
  },
  'reconciliation/PublishEvents': publisherGrants(RECONCILIATION),

  'operations/ListDeadLetters': onDeadLetters('sqs:GetQueueAttributes'),
  'operations/ExplainDeadLetters': {
    ...onDeadLetters(RECEIVE_DEAD_LETTERS),
    ...AUDIT_ORDERS,
    ...Object.fromEntries(
      [
        'inventory/CommitReservation',
        'inventory/ShipReservation',
        'inventory/RebalanceStock',
        'orders/CompleteOrder',
        'orders/RecordPaymentEvent',
        'orders/RecordStockOutcome',
        'reconciliation/ProcessWork',
      ].map((consumer) => [`${consumer}Logs`, 'logs:FilterLogEvents']),
    ),
  },
  'operations/RedriveDeadLetters': {
    ...onDeadLetters(REMOVE_DEAD_LETTERS),
    ...AUDIT_ORDERS,
    'inventory/OrderConfirmed/Queue': 'sqs:SendMessage',
    'inventory/OrderFulfilled/Queue': 'sqs:SendMessage',
    'inventory/StockToRebalance/Queue': 'sqs:SendMessage',
    'orders/PaymentCaptured/Queue': 'sqs:SendMessage',
    'orders/PaymentEvents/Queue': 'sqs:SendMessage',
    'orders/StockOutcome/Queue': 'sqs:SendMessage',
    'reconciliation/Work/Queue': 'sqs:SendMessage',
    ...Object.fromEntries(
      [
        'inventory/PublishEvents',
        'inventory/WatchStockLevel',
        'orders/PublishEvents',
        'payments/PublishEvents',
        'reconciliation/PublishEvents',
        'reconciliation/StartScheduledReconciliation',
        'reconciliation/WatchDeadLetters',
        'reconciliation/WatchRuns',
      ].map((consumer) => [`${consumer}/Live`, 'lambda:InvokeFunction']),
    ),
  },
  'operations/DiscardDeadLetters': onDeadLetters(REMOVE_DEAD_LETTERS),
  'operations/PruneRouteSettings': {
    [STAGE]: 'apigateway:GET',
    [`${STAGE}/routesettings/*`]: 'apigateway:DELETE',
  },
};

const COMPENSATION_STEPS = [
  'orders/ConcludeCancellation',
  'orders/FlagOrderForAttention',
  'orders/ReleaseStock',
];
/** The functions that each saga calls. */
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
 * All that a role may do: actions, sorted, by resource; the `.Arn` of a resource as a whole is left
 * out.
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
  test('may do what it needs, and nothing else', () => {
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

  test('has no policy of AWS', () => {
    const managed = resourcesOfType(resources, 'AWS::Lambda::Function').flatMap(
      (handler) => readProperties(RoleProperties, roleOf(handler)).ManagedPolicyArns ?? [],
    );

    expect(managed).toEqual([]);
  });
});

describe('a saga', () => {
  test('may call the functions of its steps, and do nothing else', () => {
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

  test('has no policy of AWS', () => {
    const managed = resourcesOfType(resources, 'AWS::StepFunctions::StateMachine').flatMap(
      (saga) => readProperties(RoleProperties, roleOf(saga)).ManagedPolicyArns ?? [],
    );

    expect(managed).toEqual([]);
  });
});

describe('a role', () => {
  test('is that of one function or one saga, each has its own, and only its service may take it', () => {
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

  test('of a schedule is taken by schedules of this account only', () => {
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

  test('is allowed no `*`: neither as an action, nor in one, nor as a resource but for traces and the delivery of logs, which know no other', () => {
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
    // Ids in a path of the API, executions of one saga, settings of the routes of one stage.
    const narrow =
      /\/(reservations|orders|payments)\/\*(\/(extension|action))?$|\/stages\/\$default\/routesettings\/\*$|:execution:orders\/Saga\/\w+\.Name:\*$/;
    expect(wide.filter((arn) => !narrow.test(arn))).toEqual([]);
  });
});

describe('the inventory table', () => {
  const outsiders = (all: readonly Resource[]): readonly string[] =>
    permissionsOf(all)
      .filter(({ statement }) => canTarget(statement, BOOK, 'dynamodb'))
      .map(({ role }) => role)
      .filter((role) => findResource(all, role).stack !== 'inventory');

  test('is out of reach for every role outside its own stack', () => {
    expect(outsiders(resources)).toEqual([]);
  });

  test('is written by roles inside it', () => {
    const writers = permissions.filter(
      ({ statement }) =>
        canTarget(statement, BOOK, 'dynamodb') && statement.Action.includes('dynamodb:UpdateItem'),
    );

    expect(writers.length).toBeGreaterThan(5);
  });

  test('is known to no other stack, by name, by ARN or by its stream', () => {
    // Who only looks at its metrics cannot reach it.
    const others = resources.filter(
      ({ stack, type }) => stack !== 'inventory' && !type.startsWith('AWS::CloudWatch::'),
    );

    expect(others.filter(({ properties }) => JSON.stringify(properties).includes(BOOK))).toEqual(
      [],
    );
  });

  test('grants no access by its own policy, which only denies, and has a name that nobody can guess', () => {
    const { properties } = findResource(resources, BOOK);

    expect(JSON.stringify(properties)).not.toContain('"Effect":"Allow"');
    expect(properties).not.toHaveProperty('TableName');
  });

  describe('a planted intruder is found:', () => {
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

    test('but not one that is after something else', () => {
      expect(outsiders(planted(() => ['arn:aws:sqs:eu-west-1:111111111111:queue']))).toEqual([]);
    });
  });
});
