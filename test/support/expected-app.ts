import type { RouteKey } from '../../lambdas/contracts/routes.ts';

/**
 * Expected routes, functions, permissions, subscriptions and stream consumers of the app. They are
 * written by hand and not derived from `lib`, so that a permission or a subscription is stated
 * twice. Tests of the templates and the end-to-end test of authorization compare the app with them.
 */

const FILE = 'test/support/expected-app.ts';

/** Returns what to do about each name that only the app or only a table of this file has. */
export const missingEntries = (
  table: string,
  actual: readonly string[],
  expected: readonly string[],
): readonly string[] => [
  ...actual
    .filter((name) => !expected.includes(name))
    .map((name) => `${name} is not in ${table} of ${FILE}: add it`),
  ...expected
    .filter((name) => !actual.includes(name))
    .map((name) => `${name} is in ${table} of ${FILE}, but no stack in lib/stacks creates it`),
];

/**
 * Every route, with its access (a scope, `service` for a signature, `public` or `provider`) and its
 * function.
 */
export const ROUTES: Readonly<Record<string, readonly [access: string, handler: string]>> = {
  'GET /health': ['public', 'shared/GetHealth'],

  'PUT /stock/{sku}': ['stock.write', 'inventory/PutStock'],
  'PATCH /stock/{sku}': ['stock.write', 'inventory/PatchStock'],
  'POST /stock/{sku}/receipts': ['stock.write', 'inventory/ReceiveStock'],
  'POST /stock/{sku}/adjustments': ['stock.write', 'inventory/AdjustStock'],
  'GET /stock/{sku}': ['stock.read', 'inventory/GetStock'],
  'GET /stock': ['stock.read', 'inventory/ListStock'],
  'GET /stock/{sku}/movements': ['stock.read', 'inventory/ListMovements'],

  'PUT /reservations/{reservationId}': ['service', 'inventory/ReserveStock'],
  'GET /reservations/{reservationId}': ['service', 'inventory/GetReservation'],
  'POST /reservations/{reservationId}/extension': ['service', 'inventory/ExtendReservation'],
  'DELETE /reservations/{reservationId}': ['service', 'inventory/ReleaseReservation'],

  'PUT /products/{sku}': ['orders.manage', 'orders/PutProduct'],
  'GET /products': ['orders', 'orders/ListProducts'],
  'GET /staff/products': ['orders.manage', 'orders/ListStaffProducts'],
  'POST /orders': ['orders', 'orders/PlaceOrder'],
  'GET /orders/{orderId}': ['orders', 'orders/GetOrder'],
  'GET /orders': ['orders', 'orders/ListOrders'],
  'POST /orders/{orderId}/payment': ['orders', 'orders/PayOrder'],
  'POST /orders/{orderId}/cancellation': ['orders', 'orders/CancelOrder'],
  'GET /staff/orders': ['orders.manage', 'orders/ListStaffOrders'],
  'GET /staff/orders/{orderId}': ['orders.manage', 'orders/GetStaffOrder'],
  'POST /staff/orders/{orderId}/cancellation': ['orders.manage', 'orders/CancelStaffOrder'],
  'POST /orders/{orderId}/fulfilment': ['orders.manage', 'orders/FulfilOrder'],
  'POST /orders/{orderId}/resumption': ['operations', 'orders/ResumeOrder'],
  'POST /customers/{customerId}/erasure': ['operations', 'orders/EraseCustomer'],

  'GET /stock/{sku}/explanation': ['stock.read', 'inventory/ExplainStock'],
  'GET /audit/cells': ['service', 'inventory/AuditCells'],
  'GET /audit/reservations': ['service', 'inventory/AuditReservations'],
  'GET /audit/counts': ['service', 'inventory/GetCountBasis'],
  'GET /audit/orders': ['service', 'orders/AuditOrders'],
  'GET /audit/payments': ['service', 'payments/AuditPayments'],
  'GET /payments/{paymentId}/action': ['service', 'payments/GetRequiredAction'],
  'POST /repairs/cells': ['service', 'inventory/RepairCell'],
  'POST /repairs/counts': ['service', 'inventory/PostCount'],
  'POST /repairs/reservations/{reservationId}': ['service', 'inventory/RepairReservation'],
  'POST /repairs/orders/{orderId}': ['service', 'orders/RepairOrder'],
  'POST /repairs/payments/{orderId}': ['service', 'payments/RepairPayment'],
  'POST /webhooks/stripe': ['provider', 'payments/ReceiveStripeEvent'],

  'POST /reconciliations': ['operations', 'reconciliation/StartReconciliation'],
  'GET /reconciliations/{reconciliationId}': ['operations', 'reconciliation/GetReconciliation'],
  'GET /reconciliations': ['operations', 'reconciliation/ListReconciliations'],
  'GET /findings': ['operations', 'reconciliation/ListFindings'],
  'GET /findings/{findingId}': ['operations', 'reconciliation/GetFinding'],
  'POST /findings/{findingId}/approval': ['operations', 'reconciliation/ApproveFinding'],
  'POST /findings/{findingId}/dismissal': ['operations', 'reconciliation/DismissFinding'],
  'POST /stock/{sku}/counts': ['stock.write', 'reconciliation/CountStock'],

  'GET /dead-letters': ['operations', 'operations/ListDeadLetters'],
  'GET /dead-letters/{queue}': ['operations', 'operations/ExplainDeadLetters'],
  'POST /dead-letters/{queue}/redrive': ['operations', 'operations/RedriveDeadLetters'],
  'POST /dead-letters/{queue}/discard': ['operations', 'operations/DiscardDeadLetters'],
};
/**
 * Status of the response to each caller that may call a route, for a harmless request about things
 * that do not exist.
 */
export type ResponseStatuses = {
  readonly customer?: number;
  readonly other?: number;
  readonly staff?: number;
  readonly service?: number;
  /** Status for every caller of a route without an authorizer. */
  readonly open?: number;
  /** For a route that would reject an empty body before it checks who owns the order. */
  readonly body?: object;
};

/** Expected statuses of every route: test/e2e/authorization.test.ts sends the requests. */
export const RESPONSES: Readonly<Record<RouteKey, ResponseStatuses>> = {
  getHealth: { open: 200 },
  // The sandbox sends no webhooks.
  receiveStripeEvent: { open: 404 },

  putStock: { staff: 400, body: { lowStockThreshold: -1 } },
  patchStock: { staff: 400 },
  receiveStock: { staff: 400 },
  adjustStock: { staff: 400 },
  countStock: { staff: 400 },
  getStock: { staff: 404 },
  listStock: { staff: 200 },
  listMovements: { staff: 404 },
  explainStock: { staff: 404 },

  putProduct: { staff: 400 },
  listProducts: { customer: 200, other: 200 },
  listStaffProducts: { staff: 200 },
  placeOrder: { customer: 400, other: 400 },
  listOrders: { customer: 200, other: 200 },
  getOrder: { customer: 200, other: 404 },
  payOrder: {
    customer: 202,
    other: 404,
    body: { paymentMethod: 'pm_declined' },
  },
  cancelOrder: {
    customer: 400,
    other: 400,
    body: { unknown: true },
  },
  listStaffOrders: { staff: 400 },
  getStaffOrder: { staff: 200 },
  cancelStaffOrder: { staff: 400 },
  fulfilOrder: { staff: 409 },
  resumeOrder: { staff: 409 },
  eraseCustomer: { staff: 200 },

  startReconciliation: { staff: 400, body: { full: 'yes' } },
  listReconciliations: { staff: 200 },
  getReconciliation: { staff: 404 },
  listFindings: { staff: 200 },
  getFinding: { staff: 404 },
  approveFinding: { staff: 400 },
  dismissFinding: { staff: 400 },

  listDeadLetters: { staff: 200 },
  explainDeadLetters: { staff: 404 },
  redriveDeadLetters: { staff: 404 },
  discardDeadLetters: { staff: 400 },

  reserveStock: { service: 400 },
  getReservation: { service: 404 },
  extendReservation: { service: 400 },
  releaseReservation: { service: 200 },
  auditCells: { service: 200 },
  auditReservations: { service: 400 },
  getCountBasis: { service: 400 },
  auditOrders: { service: 200 },
  auditPayments: { service: 200 },
  getRequiredAction: { service: 400 },
  repairCell: { service: 400 },
  postCount: { service: 400 },
  repairReservation: { service: 400 },
  repairOrder: { service: 400 },
  repairPayment: { service: 400 },
};
/** Every rule of the bus with a queue: the events that it passes on, and their consumer. */
export const SUBSCRIPTIONS = [
  {
    rule: 'inventory/OrderConfirmed/Rule',
    source: 'stockbook.orders',
    events: ['OrderConfirmed'],
    consumer: 'inventory/CommitReservation',
  },
  {
    rule: 'inventory/OrderFulfilled/Rule',
    source: 'stockbook.orders',
    events: ['OrderFulfilled'],
    consumer: 'inventory/ShipReservation',
  },
  {
    rule: 'inventory/StockToRebalance/Rule',
    source: 'stockbook.inventory',
    events: ['StockShardsChanged', 'StockConsolidationRequested', 'StockReceived', 'StockReturned'],
    consumer: 'inventory/RebalanceStock',
  },
  {
    rule: 'orders/StockOutcome/Rule',
    source: 'stockbook.inventory',
    events: ['StockCommitted', 'StockCommitFailed'],
    consumer: 'orders/RecordStockOutcome',
  },
  {
    rule: 'orders/PaymentCaptured/Rule',
    source: 'stockbook.payments',
    events: ['PaymentCaptured'],
    consumer: 'orders/CompleteOrder',
  },
  {
    rule: 'orders/PaymentEvents/Rule',
    source: 'stockbook.payments',
    events: ['PaymentActionCompleted', 'PaymentRefunded', 'PaymentDisputed'],
    consumer: 'orders/RecordPaymentEvent',
  },
];

/** Every consumer of a table's stream, and the types of the records whose changes it receives. */
export const STREAMS = [
  {
    consumer: 'inventory/PublishEvents',
    table: 'inventory/Book',
    types: ['movements', 'reservation', 'stockItem'],
  },
  { consumer: 'inventory/WatchStockLevel', table: 'inventory/Book', types: ['balance'] },
  { consumer: 'payments/PublishEvents', table: 'payments/Payments', types: ['payment'] },
  { consumer: 'orders/PublishEvents', table: 'orders/Orders', types: ['order'] },
  {
    consumer: 'reconciliation/PublishEvents',
    table: 'reconciliation/Reconciliation',
    types: ['finding', 'count'],
  },
];

export const BOOK = 'inventory/Book';

/** Actions of a function by resource. */
export type Grants = Readonly<Record<string, string>>;

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
export const LOGS = 'logs:CreateLogStream logs:PutLogEvents';
export const TRACES = 'xray:PutTelemetryRecords xray:PutTraceSegments';
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
/** Name of the subscription that each rule belongs to. */
const subscriptionNames = SUBSCRIPTIONS.map(({ rule }) => rule.replace(/\/Rule$/, ''));
const DEAD_LETTER_QUEUES = [
  ...subscriptionNames.flatMap((name) => [`${name}/Failed`, `${name}/Undelivered`]),
  'inventory/StockLevels/Failed',
  'inventory/EventPublishing/Failed',
  'orders/EventPublishing/Failed',
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

/** Every function, with its permissions beyond logs and traces. */
export const FUNCTIONS: Readonly<Record<string, Grants>> = {
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
      [...SUBSCRIPTIONS.map(({ consumer }) => consumer), 'reconciliation/ProcessWork'].map(
        (consumer) => [`${consumer}Logs`, 'logs:FilterLogEvents'],
      ),
    ),
  },
  'operations/RedriveDeadLetters': {
    ...onDeadLetters(REMOVE_DEAD_LETTERS),
    ...AUDIT_ORDERS,
    ...Object.fromEntries(subscriptionNames.map((name) => [`${name}/Queue`, 'sqs:SendMessage'])),
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
