import { paymentItem } from '../../../lambdas/payments/adapters/payment-items.ts';
import { createPayment } from '../../../lambdas/payments/domain/payment.ts';
import { toIso } from '../../../lambdas/shared/core/instant.ts';
import type { Item } from '../../../lambdas/shared/dynamodb/item.ts';
import { NOON } from '../inventory.ts';

const at = toIso(NOON);

/** Stored records of payments and of the payment providers, by kind. */
export const PAYMENT_SAMPLES: Readonly<Record<string, Item>> = {
  'payments payment': {
    ...paymentItem({
      ...createPayment(
        { orderId: 'ord-1', attempt: 1, amount: 850, currency: 'EUR', correlationId: 'corr-1' },
        NOON,
      ),
      failureCode: 'card_declined',
      refunds: [
        {
          refundId: 'r1',
          amount: 850,
          status: 'FAILED',
          failureCode: 'expired',
          origin: 'DASHBOARD',
        },
      ],
      nextAction: { type: 'redirect', url: 'https://bank.invalid/', clientSecret: 'secret' },
      repairs: [{ findingId: 'fnd-1', at, action: 'capture' }],
    }),
  },
  'provider AUTHORIZATION#': {
    pk: 'AUTHORIZATION#ord-1-1',
    sk: 'AUTHORIZATION',
    status: 'declined',
    amount: 850,
    paymentMethod: 'pm_declined',
    code: 'card_declined',
    nextStatus: { at: NOON, status: 'declined' },
    refundFailures: 0,
    refunds: [
      {
        refundId: 'r1',
        amount: 850,
        status: 'DONE',
        failureCode: 'expired_card',
        origin: 'DASHBOARD',
        nextStatus: { at: NOON, status: 'FAILED' },
      },
    ],
    refundedAt: NOON,
  },
  'provider STRIPE#': {
    pk: 'STRIPE#ord-1-1',
    sk: 'ATTEMPT',
    intentId: 'pi_1',
    isVoided: false,
    createErrors: 1,
    confirmErrors: 1,
    captureErrors: 1,
    cancelErrors: 1,
    refundErrors: 2,
  },
};
