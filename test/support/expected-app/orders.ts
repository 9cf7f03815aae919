import {
  type ExpectedContext,
  FROM_QUEUE,
  type Grants,
  publisherGrants,
  READ,
  routeGrant,
  SAVE,
  SEND_TASK_RESULT,
} from './expected-context.ts';

const SAVE_ORDER = { 'orders/Orders': SAVE };
const CLAIM = { 'orders/Orders': `dynamodb:BatchGetItem ${SAVE} dynamodb:UpdateItem` };
const RESERVE = routeGrant('PUT/reservations/ord_*');
const EXTEND = routeGrant('POST/reservations/ord_*/extension');
const RELEASE = routeGrant('DELETE/reservations/ord_*');
const executionsOf = (saga: string): Grants => ({
  [`arn:<Partition>:states:<Region>:<AccountId>:execution:orders/Saga/${saga}.Name:*`]:
    'states:DescribeExecution',
});
const WATCH_SAGAS = { ...executionsOf('ProcessOrder'), ...executionsOf('CancelOrder') };

/** Expected routes, functions, permissions and subscriptions of orders. */
export const orders = {
  routes: {
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
    'GET /audit/orders': ['service', 'orders/AuditOrders'],
    'POST /repairs/orders/{orderId}': ['service', 'orders/RepairOrder'],
  },
  responses: {
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
    auditOrders: { service: 200 },
    repairOrder: { service: 400 },
  },
  functions: {
    'orders/AuditOrders': {
      'orders/Orders': 'dynamodb:BatchGetItem dynamodb:Scan',
      ...WATCH_SAGAS,
    },
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
      ...routeGrant('GET/reservations/ord_*'),
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
      'orders/Orders':
        'dynamodb:BatchGetItem dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem',
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
  },
  subscriptions: [
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
  ],
  streams: [{ consumer: 'orders/PublishEvents', table: 'orders/Orders', types: ['order'] }],
} as const satisfies ExpectedContext;
