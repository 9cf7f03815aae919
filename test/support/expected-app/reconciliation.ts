import { onDeadLetters } from './dead-letter-queues.ts';
import {
  type ExpectedContext,
  FROM_QUEUE,
  publisherGrants,
  routeGrant,
  SAVE,
} from './expected-context.ts';

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

/** Expected routes, functions, permissions and subscriptions of reconciliation. */
export const reconciliation = {
  routes: {
    'POST /reconciliations': ['operations', 'reconciliation/StartReconciliation'],
    'GET /reconciliations/{reconciliationId}': ['operations', 'reconciliation/GetReconciliation'],
    'GET /reconciliations': ['operations', 'reconciliation/ListReconciliations'],
    'GET /findings': ['operations', 'reconciliation/ListFindings'],
    'GET /findings/{findingId}': ['operations', 'reconciliation/GetFinding'],
    'POST /findings/{findingId}/approval': ['operations', 'reconciliation/ApproveFinding'],
    'POST /findings/{findingId}/dismissal': ['operations', 'reconciliation/DismissFinding'],
    'POST /stock/{sku}/counts': ['stock.write', 'reconciliation/CountStock'],
  },
  responses: {
    countStock: { staff: 400 },
    startReconciliation: { staff: 400, body: { full: 'yes' } },
    listReconciliations: { staff: 200 },
    getReconciliation: { staff: 404 },
    listFindings: { staff: 200 },
    getFinding: { staff: 404 },
    approveFinding: { staff: 400 },
    dismissFinding: { staff: 400 },
  },
  functions: {
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
  },
  subscriptions: [],
  streams: [
    {
      consumer: 'reconciliation/PublishEvents',
      table: 'reconciliation/Reconciliation',
      types: ['finding', 'count'],
    },
  ],
} as const satisfies ExpectedContext;
