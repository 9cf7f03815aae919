import { PaymentPath, RequiredActionView } from '../api/payments.ts';
import type { Route } from './route.ts';

export const getRequiredAction = {
  context: 'payments',
  method: 'GET',
  path: '/payments/{paymentId}/action',
  access: 'service',
  summary: 'Get the action that a payment `<orderId>-<attempt>` requires of its customer',
  params: PaymentPath,
  responses: { 200: { description: 'The action', schema: RequiredActionView } },
  errors: { 404: ['NOT_FOUND'] },
} as const satisfies Route;

/** Stripe's webhook. Its contract is Stripe's, so the OpenAPI document omits it. */
export const receiveStripeEvent = {
  context: 'payments',
  method: 'POST',
  path: '/webhooks/stripe',
  access: 'provider',
  summary: 'Receive an event of Stripe',
  responses: { 200: { description: 'Processed or ignored' } },
} as const satisfies Route;
