import { onDeadLetters, subscriptionNames } from './dead-letter-queues.ts';
import { type ExpectedContext, routeGrant } from './expected-context.ts';
import { inventory } from './inventory.ts';
import { orders } from './orders.ts';

const STAGE = 'arn:<Partition>:apigateway:<Region>::/apis/shared/Http/Api/stages/$default';
const RECEIVE_DEAD_LETTERS = 'sqs:ChangeMessageVisibility sqs:ReceiveMessage';
const REMOVE_DEAD_LETTERS = 'sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:ReceiveMessage';
const AUDIT_ORDERS = {
  ...routeGrant('GET/audit/orders'),
  ...routeGrant('GET/audit/reservations'),
};

/** Expected health route, dead-letter API and custom resources. */
export const operations = {
  routes: {
    'GET /health': ['public', 'shared/GetHealth'],
    'GET /dead-letters': ['operations', 'operations/ListDeadLetters'],
    'GET /dead-letters/{queue}': ['operations', 'operations/ExplainDeadLetters'],
    'POST /dead-letters/{queue}/redrive': ['operations', 'operations/RedriveDeadLetters'],
    'POST /dead-letters/{queue}/discard': ['operations', 'operations/DiscardDeadLetters'],
  },
  responses: {
    getHealth: { open: 200 },
    listDeadLetters: { staff: 200 },
    explainDeadLetters: { staff: 404 },
    redriveDeadLetters: { staff: 404 },
    discardDeadLetters: { staff: 400 },
  },
  functions: {
    'shared/GetHealth': {},
    'operations/ListDeadLetters': onDeadLetters('sqs:GetQueueAttributes'),
    'operations/ExplainDeadLetters': {
      ...onDeadLetters(RECEIVE_DEAD_LETTERS),
      ...AUDIT_ORDERS,
      ...Object.fromEntries(
        [
          ...[...inventory.subscriptions, ...orders.subscriptions].map(({ consumer }) => consumer),
          'reconciliation/ProcessWork',
        ].map((consumer) => [`${consumer}Logs`, 'logs:FilterLogEvents']),
      ),
    },
    'operations/RedriveDeadLetters': {
      ...onDeadLetters(REMOVE_DEAD_LETTERS),
      ...AUDIT_ORDERS,
      ...Object.fromEntries(subscriptionNames.map((name) => [`${name}/Queue`, 'sqs:SendMessage'])),
      'reconciliation/Work/Queue': 'sqs:SendMessage',
      ...Object.fromEntries(
        [
          'inventory/LookAtLevels',
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
  },
  subscriptions: [],
  streams: [],
} as const satisfies ExpectedContext;
