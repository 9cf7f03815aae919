import { type ExpectedContext, publisherGrants, READ, SAVE } from './expected-context.ts';

const PAYMENTS = 'payments/Payments';
const PROVIDER = 'payments/Provider';

/** Expected routes, functions, permissions and subscriptions of payments. */
export const payments = {
  routes: {
    'GET /audit/payments': ['service', 'payments/AuditPayments'],
    'GET /payments/{paymentId}/action': ['service', 'payments/GetRequiredAction'],
    'POST /repairs/payments/{orderId}': ['service', 'payments/RepairPayment'],
    'POST /webhooks/stripe': ['provider', 'payments/ReceiveStripeEvent'],
  },
  responses: {
    // The sandbox sends no webhooks.
    receiveStripeEvent: { open: 404 },
    auditPayments: { service: 200 },
    getRequiredAction: { service: 400 },
    repairPayment: { service: 400 },
  },
  functions: {
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
  },
  subscriptions: [],
  streams: [{ consumer: 'payments/PublishEvents', table: 'payments/Payments', types: ['payment'] }],
} as const satisfies ExpectedContext;
